"""Every query on persons. Sealed fields are opened here and nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, insert, or_, select, update

from crypto.lookup import Lookup
from crypto.seal import Sealer
from idp.accounts.models import PersonRow, PersonState
from idp.storage.base import table_of
from idp.storage.direct import Prepared
from idp.storage.sealed import DigestedColumn, DigestedTable, SealedTable
from idp.storage.types import Digest

_person = table_of(PersonRow)
MOBILE_KIND: Final = "mobile"
SEALED: Final = SealedTable(_person, ("id_number", "name", "mobile"))
_NUMBER: Final = DigestedColumn(
    "id_number", "id_number_digest", "id_number_digest_even", lambda row: str(row.id_kind)
)
_MOBILE: Final = DigestedColumn("mobile", "mobile_digest", "mobile_digest_even", lambda _row: MOBILE_KIND)
DIGESTED: Final = DigestedTable(SEALED, (_NUMBER, _MOBILE))
_BY_ID = Prepared(select(_person).where(_person.c.id == bindparam("id")))
_FOR_CHANGE = select(_person).where(_person.c.id == bindparam("id")).with_for_update()


def _by(column: DigestedColumn) -> tuple[Select[Any], Select[Any]]:
    """The statements that find a row by this column's digest: under an even and under an odd version of the key."""
    even, odd = (
        select(_person).where(_person.c[column.slot(version)] == bindparam("digest", type_=Digest))
        for version in (2, 1)
    )
    return even, odd


def _handles(statements: tuple[Select[Any], Select[Any]]) -> tuple[Prepared, Prepared]:
    """The same with two columns only: a found row costs hardly more than none (SEC-28)."""
    even, odd = (Prepared(each.with_only_columns(_person.c.id, _person.c.state)) for each in statements)
    return even, odd


_BY_NUMBER = _by(_NUMBER)
_BY_MOBILE = _by(_MOBILE)
_HANDLE_BY_NUMBER = _handles(_BY_NUMBER)
_HANDLE_BY_MOBILE = _handles(_BY_MOBILE)


@dataclass(frozen=True, slots=True)
class Person:
    """A person with opened fields. `repr` shows the id only, so that no value leaks by formatting."""

    id: str
    id_kind: str
    id_number: str
    name: str
    mobile: str | None
    level: int
    state: PersonState
    created_at: datetime
    updated_at: datetime

    def __repr__(self) -> str:
        return f"Person({self.id})"


def is_state_usable(state: PersonState) -> bool:
    """Whether a person in this state may sign in and have tokens used, now: asked by every sign-in, grant and use."""
    return state is PersonState.ACTIVE


def is_usable(person: Person) -> bool:
    """Whether this person may sign in and have tokens used, now."""
    return is_state_usable(person.state)


class PersonStore:
    """Finds, adds and changes persons."""

    def __init__(self, sealer: Sealer, lookup: Lookup) -> None:
        self._sealer = sealer
        self._lookup = lookup

    def find(self, db: Connection, person_id: str) -> Person | None:
        """The person of this id, or None."""
        return self._opened(_BY_ID.first(db, {"id": person_id}))

    def find_by_document(self, db: Connection, id_kind: str, id_number: str) -> Person | None:
        """The person with this kind of document (GA/T 2000.156) and canonical number, or None."""
        version, digest = self._lookup.current_digest(id_kind, id_number)
        return self._opened(db.execute(_BY_NUMBER[version % 2], {"digest": digest}).first())

    def find_for_change(self, db: Connection, person_id: str) -> Person | None:
        """As `find`, and nobody else changes the person until the transaction ends."""
        return self._opened(db.execute(_FOR_CHANGE, {"id": person_id}).first())

    def find_by_mobile(self, db: Connection, mobile: str) -> Person | None:
        """The person with this canonical 11-digit mobile number, or None."""
        version, digest = self._lookup.current_digest(MOBILE_KIND, mobile)
        return self._opened(db.execute(_BY_MOBILE[version % 2], {"digest": digest}).first())

    def find_handle_by_document(
        self, db: Connection, id_kind: str, id_number: str
    ) -> tuple[str, PersonState] | None:
        """Id and state of the person with this document, opening nothing: the sign-in needs no more."""
        version, digest = self._lookup.current_digest(id_kind, id_number)
        return _handle(_HANDLE_BY_NUMBER[version % 2].first(db, {"digest": digest}))

    def find_handle_by_mobile(self, db: Connection, mobile: str) -> tuple[str, PersonState] | None:
        """The same by mobile number."""
        version, digest = self._lookup.current_digest(MOBILE_KIND, mobile)
        return _handle(_HANDLE_BY_MOBILE[version % 2].first(db, {"digest": digest}))

    def document_digest(self, id_kind: str, id_number: str) -> bytes:
        """The look-up digest of a canonical document number: over kind and number, for numbers of two kinds may be alike."""
        return self._lookup.digest(id_kind, id_number)

    def mobile_digest(self, mobile: str) -> bytes:
        """The look-up digest of a canonical mobile number."""
        return self._lookup.digest(MOBILE_KIND, mobile)

    def taken_digests(
        self, db: Connection, id_numbers: Sequence[bytes], mobiles: Sequence[bytes]
    ) -> set[bytes]:
        """Which of these look-up digests are in use already, in two queries however many are asked.

        They are looked for under both versions of the key, so that it may change between their making and this.
        """
        return _taken(db, _NUMBER, id_numbers) | _taken(db, _MOBILE, mobiles)

    def add(self, db: Connection, persons: Sequence[Person]) -> None:
        """Add persons in one statement. Raises Conflict (at the transaction's door) when a number is in use."""
        db.execute(insert(_person), [self._row(person) for person in persons])

    def change_state(self, db: Connection, person_id: str, state: PersonState, now: datetime) -> None:
        """Set the state of a person."""
        db.execute(update(_person).where(_person.c.id == person_id).values(state=state, updated_at=now))

    def _row(self, person: Person) -> dict[str, object]:
        mobile = person.mobile or None
        return {
            "id": person.id,
            "id_kind": person.id_kind,
            "id_number": self._seal(person.id_number, person.id, "id_number"),
            **self._digests(_NUMBER, person.id_kind, person.id_number),
            "name": self._seal(person.name, person.id, "name"),
            "mobile": self._seal(mobile, person.id, "mobile") if mobile else None,
            **self._digests(_MOBILE, MOBILE_KIND, mobile),
            "level": person.level,
            "state": person.state,
            "created_at": person.created_at,
            "updated_at": person.updated_at,
        }

    def _digests(self, column: DigestedColumn, kind: str, value: str | None) -> dict[str, bytes | None]:
        """What is kept of a value for finding it: digests under every live version, so under both while keys are rotated."""
        kept: dict[str, bytes | None] = {column.odd: None, column.even: None}
        if value is not None:
            for version, digest in self._lookup.digests(kind, value).items():
                kept[column.slot(version)] = digest
        return kept

    def _opened(self, row: Row[tuple[object, ...]] | None) -> Person | None:
        if row is None:
            return None
        return Person(
            id=row.id,
            id_kind=row.id_kind,
            id_number=self._open(row.id_number, row.id, "id_number"),
            name=self._open(row.name, row.id, "name"),
            mobile=self._open(row.mobile, row.id, "mobile") if row.mobile else None,
            level=row.level,
            state=row.state,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    def _seal(self, value: str, row_id: str, column: str) -> bytes:
        return self._sealer.seal(value.encode(), "person", row_id, column)

    def _open(self, value: bytes, row_id: str, column: str) -> str:
        return self._sealer.open(value, "person", row_id, column).decode()


def _handle(row: Any | None) -> tuple[str, PersonState] | None:
    return None if row is None else (row.id, row.state)


def _taken(db: Connection, column: DigestedColumn, digests: Sequence[bytes]) -> set[bytes]:
    odd, even = _person.c[column.odd], _person.c[column.even]
    rows = db.execute(select(odd, even).where(or_(odd.in_(digests), even.in_(digests))))
    found = {bytes(digest) for row in rows for digest in row if digest is not None}
    return found.intersection(digests)
