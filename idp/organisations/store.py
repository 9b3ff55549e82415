"""Every query on organisations, their identifiers and changes. Sealed fields are opened here and nowhere else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from crypto.lookup import Lookup
from crypto.seal import Sealer
from crypto.tokens import random_handle
from idp.organisations.models import (
    IdentifierKind,
    IdentifierStatus,
    OrganisationChangeRow,
    OrganisationIdentifierRow,
    OrganisationRow,
    OrganisationType,
    RegistrationStatus,
)
from idp.storage import bulk
from idp.storage.base import table_of
from idp.storage.direct import Prepared
from idp.storage.sealed import DigestedColumn, DigestedTable, SealedTable

_organisation = table_of(OrganisationRow)
_identifier = table_of(OrganisationIdentifierRow)
_change = table_of(OrganisationChangeRow)
SEALED: Final = SealedTable(_organisation, ("representative_name", "representative_number"))
SEALED_IDENTIFIERS: Final = SealedTable(_identifier, ("sealed_value",))
_VALUE: Final = DigestedColumn("sealed_value", "value_digest", "value_digest_even", lambda row: str(row.kind))
DIGESTED: Final = DigestedTable(SEALED_IDENTIFIERS, (_VALUE,))
_BY_ID = Prepared(select(_organisation).where(_organisation.c.id == bindparam("id")))
_BY_USCC = Prepared(select(_organisation).where(_organisation.c.uscc == bindparam("uscc")))
_FOR_CHANGE = select(_organisation).where(_organisation.c.id == bindparam("id")).with_for_update()


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation with opened fields; `repr` shows the id only."""

    id: str
    uscc: str
    name: str
    kind: OrganisationType
    status: RegistrationStatus
    region: str
    created_at: datetime
    updated_at: datetime
    authority: str | None = None
    frozen_for: str | None = None
    representative_name: str | None = None
    representative_kind: str | None = None
    representative_number: str | None = None
    parent_id: str | None = None
    merged_into: str | None = None
    read_only_until: datetime | None = None
    checked_at: datetime | None = None
    version: int = 1

    def __repr__(self) -> str:
        return f"Organisation({self.id})"


@dataclass(frozen=True, slots=True, repr=False)
class Identifier:
    """An identifier beside the unified code; `is_sealed` where it holds a person's number."""

    id: str
    organisation_id: str
    kind: IdentifierKind
    value: str
    status: IdentifierStatus
    source: str
    valid_from: datetime | None
    valid_until: datetime | None
    added_at: datetime
    is_sealed: bool = False

    def __repr__(self) -> str:
        return f"Identifier({self.id})"


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """One change as it was written; `details` are public register facts."""

    id: int
    organisation_id: str
    kind: str
    details: Mapping[str, Any]
    source: str
    at: datetime


class OrganisationStore:
    """Finds, adds and changes organisations."""

    def __init__(self, sealer: Sealer, lookup: Lookup) -> None:
        self._sealer = sealer
        self._lookup = lookup

    def find(self, db: Connection, organisation_id: str) -> Organisation | None:
        """The organisation of this id, or None."""
        return self._opened(_BY_ID.first(db, {"id": organisation_id}))

    def find_by_uscc(self, db: Connection, uscc: str) -> Organisation | None:
        """The organisation of this unified code, or None."""
        return self._opened(_BY_USCC.first(db, {"uscc": uscc}))

    def find_for_change(self, db: Connection, organisation_id: str) -> Organisation | None:
        """As `find`, and nobody else changes it until the transaction ends."""
        return self._opened(db.execute(_FOR_CHANGE, {"id": organisation_id}).first())

    def list_of(self, db: Connection, organisation_ids: Sequence[str]) -> dict[str, Organisation]:
        """Organisations by id; unknown ids are left out."""
        if not organisation_ids:
            return {}
        rows = db.execute(select(_organisation).where(_organisation.c.id.in_(organisation_ids)))
        return {row.id: one for row in rows if (one := self._opened(row)) is not None}

    def list_due(self, db: Connection, checked_before: datetime, limit: int) -> list[Organisation]:
        """Organisations that the register was not asked about since then, the longest ago first."""
        wanted = (
            select(_organisation)
            .where(or_(_organisation.c.checked_at.is_(None), _organisation.c.checked_at < checked_before))
            .order_by(_organisation.c.checked_at.asc().nulls_first(), _organisation.c.id)
            .limit(limit)
        )
        return [one for row in db.execute(wanted) if (one := self._opened(row)) is not None]

    def list_by_usccs(self, db: Connection, usccs: Sequence[str]) -> dict[str, Organisation]:
        """Organisations by unified code; unknown codes are left out."""
        rows = db.execute(select(_organisation).where(_organisation.c.uscc.in_(usccs))) if usccs else ()
        return {row.uscc: one for row in rows if (one := self._opened(row)) is not None}

    def list_identifiers_of(
        self, db: Connection, organisation_ids: Sequence[str]
    ) -> dict[str, set[tuple[IdentifierKind, str]]]:
        """The identifiers of organisations, former ones too, by organisation."""
        found: dict[str, set[tuple[IdentifierKind, str]]] = {}
        if organisation_ids:
            wanted = select(_identifier).where(_identifier.c.organisation_id.in_(organisation_ids))
            for row in db.execute(wanted):
                one = self._identifier(row)
                found.setdefault(one.organisation_id, set()).add((one.kind, one.value))
        return found

    def list_held(
        self, db: Connection, identifiers: Sequence[tuple[IdentifierKind, str, bool]]
    ) -> set[tuple[IdentifierKind, str]]:
        """Which of these (kind, value, is personal) are an identifier of somebody, former ones too."""
        plain = [value for _, value, is_personal in identifiers if not is_personal]
        columns = (_identifier.c.kind, _identifier.c.value)
        rows = db.execute(select(*columns).where(_identifier.c.value.in_(plain))) if plain else ()
        held = {(row.kind, row.value) for row in rows}
        personal = (one for one in identifiers if one[2])
        held.update(one[:2] for one in personal if self.list_by_value(db, *one))
        return held

    def add_rows(
        self,
        db: Connection,
        organisations: Sequence[dict[str, Any]],
        identifiers: Sequence[dict[str, Any]],
        changes: Sequence[dict[str, Any]],
    ) -> None:
        """Add many at once, sealed before by `row` and `identifier_row`. Raises as `add`."""
        parts = ((_organisation, organisations), (_identifier, identifiers), (_change, changes))
        for table, rows in parts:
            if rows:
                bulk.insert(db, table, tuple(rows[0]), (row.values() for row in rows))

    def add(self, db: Connection, organisations: Sequence[Organisation]) -> None:
        """Add organisations in one statement. Raises Conflict (at the transaction's door) when a code is in use."""
        db.execute(insert(_organisation), [self.row(one) for one in organisations])

    def put(self, db: Connection, organisation: Organisation) -> None:
        """Write every column of an organisation that was read for change."""
        values = self.row(organisation)
        db.execute(update(_organisation).where(_organisation.c.id == values.pop("id")).values(values))

    def mark_checked(self, db: Connection, organisation_id: str, now: datetime) -> None:
        """Remember that the register was asked, where its answer changed nothing."""
        db.execute(update(_organisation).where(_organisation.c.id == organisation_id).values(checked_at=now))

    def list_identifiers(self, db: Connection, organisation_id: str) -> list[Identifier]:
        """Every identifier of an organisation, former ones too, oldest first."""
        wanted = select(_identifier).where(_identifier.c.organisation_id == organisation_id)
        return [self._identifier(row) for row in db.execute(wanted.order_by(_identifier.c.added_at))]

    def list_by_value(
        self, db: Connection, kind: IdentifierKind, value: str, is_personal: bool
    ) -> list[Identifier]:
        """Whose identifier this is or was: active owners first."""
        wanted = select(_identifier).where(_identifier.c.kind == kind)
        if is_personal:
            version, digest = self._lookup.current_digest(kind, value)
            wanted = wanted.where(_identifier.c[_VALUE.slot(version)] == digest)
        else:
            wanted = wanted.where(_identifier.c.value == value)
        found = [self._identifier(row) for row in db.execute(wanted)]
        return sorted(found, key=lambda one: (one.status is not IdentifierStatus.ACTIVE, one.added_at))

    def add_identifiers(self, db: Connection, identifiers: Sequence[Identifier]) -> None:
        """Add identifiers. Raises Conflict (at the transaction's door) when another organisation has one."""
        if identifiers:
            db.execute(insert(_identifier), [self.identifier_row(one) for one in identifiers])

    def change_identifier(
        self, db: Connection, identifier_id: str, status: IdentifierStatus, valid_until: datetime | None
    ) -> None:
        """Set the status of an identifier and until when it held."""
        values = {"status": status, "valid_until": valid_until}
        db.execute(update(_identifier).where(_identifier.c.id == identifier_id).values(values))

    def add_changes(self, db: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Append changes, in order."""
        if rows:
            db.execute(insert(_change), list(rows))

    def list_changes(self, db: Connection, organisation_id: str, limit: int) -> list[ChangeEntry]:
        """The latest changes of an organisation, newest first."""
        wanted = select(_change).where(_change.c.organisation_id == organisation_id)
        rows = db.execute(wanted.order_by(_change.c.id.desc()).limit(limit))
        return [
            ChangeEntry(row.id, row.organisation_id, row.kind, dict(row.details), row.source, row.at)
            for row in rows
        ]

    def row(self, one: Organisation) -> dict[str, Any]:
        """The columns of an organisation, sealed."""
        return {
            "id": one.id,
            "uscc": one.uscc,
            "subject_code": one.uscc[8:17],
            "name": one.name,
            "kind": one.kind,
            "status": one.status,
            "frozen_for": one.frozen_for,
            "authority": one.authority,
            "region": one.region,
            "representative_name": self._sealed(one.representative_name, one.id, "representative_name"),
            "representative_number": self._sealed(one.representative_number, one.id, "representative_number"),
            "representative_kind": one.representative_kind,
            "parent_id": one.parent_id,
            "merged_into": one.merged_into,
            "read_only_until": one.read_only_until,
            "checked_at": one.checked_at,
            "version": one.version,
            "created_at": one.created_at,
            "updated_at": one.updated_at,
        }

    def identifier_row(self, one: Identifier) -> dict[str, Any]:
        """The columns of an identifier; a personal one sealed and found by digest."""
        digests: dict[str, bytes | None] = {_VALUE.odd: None, _VALUE.even: None}
        sealed = None
        if one.is_sealed:
            sealed = self._sealer.seal(one.value.encode(), _identifier.name, one.id, "sealed_value")
            for version, digest in self._lookup.digests(one.kind, one.value).items():
                digests[_VALUE.slot(version)] = digest
        return {
            "id": one.id,
            "organisation_id": one.organisation_id,
            "kind": one.kind,
            "value": None if one.is_sealed else one.value,
            "sealed_value": sealed,
            **digests,
            "status": one.status,
            "source": one.source,
            "valid_from": one.valid_from,
            "valid_until": one.valid_until,
            "added_at": one.added_at,
        }

    def _opened(self, row: Any | None) -> Organisation | None:
        if row is None:
            return None
        return Organisation(
            id=row.id,
            uscc=row.uscc,
            name=row.name,
            kind=row.kind,
            status=row.status,
            region=row.region,
            created_at=row.created_at,
            updated_at=row.updated_at,
            authority=row.authority,
            frozen_for=row.frozen_for,
            representative_name=self._open(row.representative_name, row.id, "representative_name"),
            representative_kind=row.representative_kind,
            representative_number=self._open(row.representative_number, row.id, "representative_number"),
            parent_id=row.parent_id,
            merged_into=row.merged_into,
            read_only_until=row.read_only_until,
            checked_at=row.checked_at,
            version=row.version,
        )

    def _identifier(self, row: Any) -> Identifier:
        sealed = row.sealed_value
        value = (
            row.value
            if sealed is None
            else self._sealer.open(bytes(sealed), _identifier.name, row.id, "sealed_value").decode()
        )
        return Identifier(
            row.id,
            row.organisation_id,
            row.kind,
            value,
            row.status,
            row.source,
            row.valid_from,
            row.valid_until,
            row.added_at,
            sealed is not None,
        )

    def _sealed(self, value: str | None, row_id: str, column: str) -> bytes | None:
        return (
            None if value is None else self._sealer.seal(value.encode(), _organisation.name, row_id, column)
        )

    def _open(self, value: bytes | None, row_id: str, column: str) -> str | None:
        return (
            None
            if value is None
            else self._sealer.open(bytes(value), _organisation.name, row_id, column).decode()
        )


def new_identifier(
    organisation_id: str, kind: IdentifierKind, value: str, is_personal: bool, source: str, now: datetime
) -> Identifier:
    """A new active identifier with a fresh id."""
    return Identifier(
        random_handle(),
        organisation_id,
        kind,
        value,
        IdentifierStatus.ACTIVE,
        source,
        None,
        None,
        now,
        is_personal,
    )
