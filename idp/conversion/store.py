"""Every query of conversion: what the directory knows of many old codes at once, and the queue."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Select, func, insert, select, update

from crypto.lookup import Lookup
from crypto.seal import Sealer
from crypto.tokens import random_handle
from idp.conversion.attaching import Standing
from idp.conversion.deciding import Directory as KnownDirectory
from idp.conversion.deciding import Key, Known, OldRecord, subject_codes
from idp.conversion.models import ConversionItemRow, ConversionState, ItemState
from idp.organisations.codes import TypedCode
from idp.organisations.models import (
    IdentifierKind,
    IdentifierStatus,
    OrganisationIdentifierRow,
    OrganisationRow,
)
from idp.storage import bulk
from idp.storage.base import table_of
from idp.storage.sealed import DigestedColumn, DigestedTable, SealedTable

_item = table_of(ConversionItemRow)
_identifier = table_of(OrganisationIdentifierRow)
_organisation = table_of(OrganisationRow)
CODES_KIND: Final = "conversion_item"
SEALED: Final = SealedTable(_item, ("sealed_codes", "sealed_name"))
_CODES: Final = DigestedColumn("sealed_codes", "codes_digest", "codes_digest_even", lambda _row: CODES_KIND)
DIGESTED: Final = DigestedTable(SEALED, (_CODES,))
_TAX_DIGEST: Final = DigestedColumn(
    "sealed_value", "value_digest", "value_digest_even", lambda row: str(row.kind)
)
_KNOWN: Final = (
    _organisation.c.id,
    _organisation.c.uscc,
    _organisation.c.name,
    _organisation.c.status.label("standing"),
)
_OF_FINDING: Final = tuple(
    _item.c[name] for name in ("id", "item_state", "file_digest", "line", "state", "why", "candidates")
)
_OF_IDENTIFIER: Final = (_identifier.c.kind, _identifier.c.value, _identifier.c.status)


@dataclass(frozen=True, slots=True)
class Item:
    """An old record in the queue, opened; `repr` shows no code."""

    id: str
    line: int
    state: ConversionState
    why: str
    codes: tuple[TypedCode, ...] = field(repr=False)
    stated_uscc: str | None = field(repr=False)
    name: str = field(repr=False)
    candidates: tuple[str, ...]
    item_state: ItemState
    uscc: str | None
    decided_by: str | None
    decided_for: str | None
    created_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a record stood, and why it waits."""

    file_digest: str
    line: int
    state: ConversionState
    why: str
    candidates: tuple[str, ...]

    def columns(self) -> dict[str, Any]:
        """As an item keeps it, open."""
        return {
            "file_digest": self.file_digest,
            "line": self.line,
            "state": self.state,
            "why": self.why,
            "candidates": list(self.candidates),
            "item_state": ItemState.OPEN,
            "uscc": None,
            "decided_by": None,
            "decided_for": None,
            "decided_at": None,
        }


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that was in the queue before, and what was found about it."""

    id: str
    state: ItemState
    finding: Finding


class ConversionStore:
    """Asks about many records at once, and keeps the queue."""

    def __init__(self, sealer: Sealer, lookup: Lookup) -> None:
        self._sealer = sealer
        self._lookup = lookup

    def directory(self, db: Connection, records: Sequence[OldRecord]) -> KnownDirectory:
        """What is known of the codes of these records, in four queries however many they are."""
        codes = [code for record in records for code in record.codes if record.fault is None]
        usccs = sorted({record.uscc for record in records if record.uscc})
        subjects = sorted({code for record in records for code in subject_codes(record)})
        by_subject: dict[str, list[Known]] = defaultdict(list)
        if subjects:
            wanted = select(*_KNOWN, _organisation.c.subject_code)
            for row in db.execute(wanted.where(bulk.texts(db, subjects)(_organisation.c.subject_code))):
                by_subject[row.subject_code].append(_known(row))
        is_stated = bulk.texts(db, usccs)(_organisation.c.uscc)
        stated = db.execute(select(*_KNOWN).where(is_stated)) if usccs else ()
        by_uscc = {row.uscc: _known(row) for row in stated}
        return KnownDirectory(self._owners(db, codes), by_subject, by_uscc)

    def list_standing(self, db: Connection, organisation_ids: Iterable[str]) -> dict[str, Standing]:
        """The identifiers that organisations have and had."""
        found: dict[str, Standing] = {}
        ids = sorted(set(organisation_ids))
        if ids:
            digest = _identifier.c[_TAX_DIGEST.slot(self._lookup.current)]
            wanted = select(_identifier.c.organisation_id, *_OF_IDENTIFIER, digest.label("digest"))
            for row in db.execute(wanted.where(bulk.texts(db, ids)(_identifier.c.organisation_id))):
                keys = found.setdefault(row.organisation_id, {}).setdefault(row.kind, {})
                keys[row.value or bytes(row.digest or b"").hex()] = row.status is not IdentifierStatus.FORMER
        return found

    def key_of(self, code: TypedCode) -> str:
        """A code as it is compared: itself, or the digest of a personal one."""
        if not code.is_personal or code.kind is None:
            return code.value
        return self._lookup.digest(code.kind, code.value).hex()

    def list_waiting(self, db: Connection, texts: Sequence[str]) -> dict[str, Waiting]:
        """Which of these records (by their text) are in the queue, decided ones too."""
        if not texts:
            return {}
        digests = {self._lookup.current_digest(CODES_KIND, text): text for text in texts}
        version = next(iter(digests))[0]
        by_digest = {digest: text for (_, digest), text in digests.items()}
        column = _item.c[_CODES.slot(version)]
        wanted = select(*_OF_FINDING, column.label("found"))
        rows = db.execute(wanted.where(bulk.digests(db, list(by_digest))(column)))
        return {by_digest[bytes(row.found)]: _waiting(row) for row in rows}

    def item_row(self, record: OldRecord, finding: Finding, now: datetime) -> dict[str, Any]:
        """The columns of a new item, sealed."""
        item_id = random_handle()
        digests: dict[str, bytes | None] = {_CODES.odd: None, _CODES.even: None}
        for version, digest in self._lookup.digests(CODES_KIND, record.text).items():
            digests[_CODES.slot(version)] = digest
        return {
            "id": item_id,
            "sealed_codes": self._sealed(record.text, item_id, "sealed_codes"),
            "sealed_name": self._sealed(record.name, item_id, "sealed_name"),
            **digests,
            **finding.columns(),
            "created_at": now,
        }

    def add(self, db: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Add items. Raises Conflict (at the transaction's door) when one of the same record is there."""
        if rows:
            db.execute(insert(_item), list(rows))

    def found_again(self, db: Connection, item_id: str, finding: Finding) -> None:
        """The record of an item was read again and is still for a person to decide."""
        db.execute(update(_item).where(_item.c.id == item_id).values(finding.columns()))

    def decide(
        self, db: Connection, item_id: str, uscc: str | None, actor: str, why: str, now: datetime
    ) -> bool:
        """Settle an open item, or dismiss it where no unified code is given; False when it is not open any more."""
        state = ItemState.DISMISSED if uscc is None else ItemState.SETTLED
        values = {
            "item_state": state,
            "uscc": uscc,
            "decided_by": actor,
            "decided_for": why,
            "decided_at": now,
        }
        is_open = (_item.c.id == item_id, _item.c.item_state == ItemState.OPEN)
        changed = update(_item).where(*is_open).values(values).returning(_item.c.id)
        return db.execute(changed).first() is not None

    def find(self, db: Connection, item_id: str) -> Item | None:
        """The item of this id, or None."""
        return self._opened(db.execute(select(_item).where(_item.c.id == item_id)).first())

    def list_open(self, db: Connection, state: ConversionState | None, after: str, limit: int) -> list[Item]:
        """Open items by id, from behind `after` on."""
        wanted = select(_item).where(_item.c.item_state == ItemState.OPEN, _item.c.id > after)
        if state is not None:
            wanted = wanted.where(_item.c.state == state)
        rows = db.execute(wanted.order_by(_item.c.id).limit(limit))
        return [one for row in rows if (one := self._opened(row)) is not None]

    def count_open(self, db: Connection) -> dict[ConversionState, int]:
        """How many items wait, by state."""
        wanted = select(_item.c.state, func.count()).where(_item.c.item_state == ItemState.OPEN)
        return {row[0]: row[1] for row in db.execute(wanted.group_by(_item.c.state))}

    def _owners(
        self, db: Connection, codes: Sequence[TypedCode]
    ) -> dict[Key, list[tuple[Known, IdentifierStatus]]]:
        """Who has or had these codes. A personal one is found by its digest."""
        found: dict[Key, list[tuple[Known, IdentifierStatus]]] = defaultdict(list)
        plain = sorted({code.value for code in codes if not code.is_personal})
        if plain:
            for row in db.execute(self._joined().where(bulk.texts(db, plain)(_identifier.c.value))):
                found[row.kind, row.value].append((_known(row), row.status))
        personal = {(code.kind, code.value) for code in codes if code.kind is not None and code.is_personal}
        for kind, value in personal:
            version, digest = self._lookup.current_digest(kind, value)
            for row in db.execute(self._joined().where(_identifier.c[_TAX_DIGEST.slot(version)] == digest)):
                found[kind, value].append((_known(row), row.status))
        return found

    def _joined(self) -> Select[Any]:
        is_of = _identifier.c.organisation_id == _organisation.c.id
        return select(*_KNOWN, *_OF_IDENTIFIER).select_from(_identifier.join(_organisation, is_of))

    def _opened(self, row: Any | None) -> Item | None:
        if row is None:
            return None
        parts = orjson.loads(self._open(row.sealed_codes, row.id, "sealed_codes"))
        is_bad = row.state is ConversionState.BAD_CHECKSUM
        codes = tuple(
            TypedCode(IdentifierKind(kind), value, is_bad or is_personal(kind, value))
            for kind, value in parts
            if kind != "uscc"
        )
        return Item(
            row.id,
            row.line,
            row.state,
            row.why,
            codes,
            next((value for kind, value in parts if kind == "uscc"), None),
            self._open(row.sealed_name, row.id, "sealed_name"),
            tuple(row.candidates),
            row.item_state,
            row.uscc,
            row.decided_by,
            row.decided_for,
            row.created_at,
            row.decided_at,
        )

    def _sealed(self, value: str, row_id: str, column: str) -> bytes:
        return self._sealer.seal(value.encode(), _item.name, row_id, column)

    def _open(self, value: bytes, row_id: str, column: str) -> str:
        return self._sealer.open(bytes(value), _item.name, row_id, column).decode()


def _waiting(row: Any) -> Waiting:
    finding = Finding(row.file_digest, row.line, row.state, row.why, tuple(row.candidates))
    return Waiting(row.id, row.item_state, finding)


def _known(row: Any) -> Known:
    return Known(row.id, row.uscc, row.name, row.standing)


def is_personal(kind: str, value: str) -> bool:
    """Whether a code holds a person's number: a sole trader's tax number has 20 characters (china.md §5.6)."""
    return kind == IdentifierKind.TAX_NUMBER and len(value) == 20
