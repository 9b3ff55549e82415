"""Every query on persons and their documents. Sealed fields are opened here and nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, and_, bindparam, insert, or_, select, update

from crypto.lookup import Lookup
from crypto.seal import Sealer
from idp.accounts.models import PersonDocumentRow, PersonRow, PersonState, Standing
from idp.storage import bulk
from idp.storage.base import table_of
from idp.storage.direct import Prepared
from idp.storage.sealed import DigestedColumn, DigestedTable, SealedTable
from idp.storage.types import Digest

_person = table_of(PersonRow)
_document = table_of(PersonDocumentRow)
MOBILE_KIND: Final = "mobile"
SEALED: Final = SealedTable(_person, ("name", "born", "mobile"))
SEALED_DOCUMENTS: Final = SealedTable(_document, ("id_number",), place="person")
_NUMBER: Final = DigestedColumn(
    "id_number", "id_number_digest", "id_number_digest_even", lambda row: str(row.id_kind)
)
_MOBILE: Final = DigestedColumn("mobile", "mobile_digest", "mobile_digest_even", lambda _row: MOBILE_KIND)
DIGESTED: Final = DigestedTable(SEALED, (_MOBILE,))
DIGESTED_DOCUMENTS: Final = DigestedTable(SEALED_DOCUMENTS, (_NUMBER,))
SIGNS_IN: Final = (Standing.MAIN, Standing.ALSO)
"""Standings of the documents by which a person may sign in."""
_is_main = and_(_document.c.person_id == _person.c.id, _document.c.standing == Standing.MAIN)
_whole_columns = select(
    _person, _document.c.id.label("document_id"), _document.c.id_kind, _document.c.id_number
)
_whole = _whole_columns.select_from(_person.outerjoin(_document, _is_main))
_BY_ID = Prepared(_whole.where(_person.c.id == bindparam("id")))
_FOR_CHANGE = _whole.where(_person.c.id == bindparam("id")).with_for_update(of=_person)


def _owner_by(column: DigestedColumn) -> tuple[Select[Any], Select[Any]]:
    """The statements that find a document's person by a digest, under an even and under an odd version of the key."""
    even, odd = (
        select(_person.c.id, _person.c.state)
        .select_from(_document.join(_person, _person.c.id == _document.c.person_id))
        .where(
            _document.c[column.slot(version)] == bindparam("digest", type_=Digest),
            or_(*(_document.c.standing == standing for standing in SIGNS_IN)),
        )
        for version in (2, 1)
    )
    return even, odd


def _person_by(column: DigestedColumn) -> tuple[Select[Any], Select[Any]]:
    even, odd = (
        select(_person.c.id, _person.c.state).where(
            _person.c[column.slot(version)] == bindparam("digest", type_=Digest)
        )
        for version in (2, 1)
    )
    return even, odd


def _prepared(statements: tuple[Select[Any], Select[Any]]) -> tuple[Prepared, Prepared]:
    even, odd = map(Prepared, statements)
    return even, odd


# Two columns only: a found row costs hardly more than none (SEC-28).
_HANDLE_BY_NUMBER = _prepared(_owner_by(_NUMBER))
_HANDLE_BY_MOBILE = _prepared(_person_by(_MOBILE))


@dataclass(frozen=True, slots=True)
class Person:
    """A person with opened fields and the main document. `repr` shows the id only, so that no value leaks by formatting.

    A closed person has no name and no number: they are empty texts. `level` holds until `level_until`. `born` is kept
    only where no number tells it.
    """

    id: str
    id_kind: str
    id_number: str
    name: str
    mobile: str | None
    level: int
    state: PersonState
    created_at: datetime
    updated_at: datetime
    level_until: datetime | None = None
    born: date | None = None
    mobile_verified_at: datetime | None = None
    closes_at: datetime | None = None
    merged_into: str | None = None
    version: int = 1
    document_id: str = ""
    level_next: int = 0

    def __repr__(self) -> str:
        return f"Person({self.id})"

    def level_at(self, now: datetime) -> int:
        """The real-name level at an instant: evidence that has expired by then carries nothing."""
        return self.level if self.level_until is None or now < self.level_until else self.level_next


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
        """The person who may sign in by this kind of document (GA/T 2000.156) and canonical number, or None."""
        handle = self.find_handle_by_document(db, id_kind, id_number)
        return self.find(db, handle[0]) if handle else None

    def find_for_change(self, db: Connection, person_id: str) -> Person | None:
        """As `find`, and nobody else changes the person until the transaction ends."""
        return self._opened(db.execute(_FOR_CHANGE, {"id": person_id}).first())

    def find_by_mobile(self, db: Connection, mobile: str) -> Person | None:
        """The person with this canonical 11-digit mobile number, or None."""
        handle = self.find_handle_by_mobile(db, mobile)
        return self.find(db, handle[0]) if handle else None

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
        return _taken(db, _document, _NUMBER, id_numbers) | _taken(db, _person, _MOBILE, mobiles)

    def add(self, db: Connection, persons: Sequence[Person]) -> None:
        """Add persons with their main documents. Raises Conflict (at the transaction's door) when a number is in use.

        The first document of a person has the person's id.
        """
        db.execute(insert(_person), [self.person_row(person) for person in persons])
        db.execute(insert(_document), [self.document_row(person) for person in persons])

    def add_rows(
        self, db: Connection, persons: Sequence[dict[str, Any]], documents: Sequence[dict[str, Any]]
    ) -> None:
        """Add many persons with their main documents, sealed before by `person_row` and `document_row`. Raises as `add`."""
        for table, rows in ((_person, persons), (_document, documents)):
            if rows:
                bulk.insert(db, table, tuple(rows[0]), (row.values() for row in rows))

    def change_state(self, db: Connection, person_id: str, state: PersonState, now: datetime) -> None:
        """Set the state of a person."""
        change = {"state": state, "updated_at": now, "version": _person.c.version + 1}
        db.execute(update(_person).where(_person.c.id == person_id).values(change))

    def person_row(self, person: Person) -> dict[str, Any]:
        """The columns of a person, sealed."""
        mobile = person.mobile or None
        return {
            "id": person.id,
            "name": self.seal(person.name, person.id, "name"),
            "born": self.seal(person.born.isoformat(), person.id, "born") if person.born else None,
            "mobile": self.seal(mobile, person.id, "mobile") if mobile else None,
            **self.mobile_digests(mobile),
            "mobile_verified_at": person.mobile_verified_at,
            "level": person.level,
            "level_until": person.level_until,
            "level_next": person.level_next,
            "state": person.state,
            "closes_at": person.closes_at,
            "merged_into": person.merged_into,
            "version": person.version,
            "created_at": person.created_at,
            "updated_at": person.updated_at,
        }

    def document_row(self, person: Person, source: str = "registration") -> dict[str, Any]:
        """The columns of a person's first document, sealed."""
        return {
            "id": person.id,
            "person_id": person.id,
            "id_kind": person.id_kind,
            "id_number": self.seal(person.id_number, person.id, "id_number"),
            **self.number_digests(person.id_kind, person.id_number),
            "standing": Standing.MAIN,
            "valid_until": None,
            "source": source,
            "added_at": person.created_at,
            "ended_at": None,
        }

    def number_digests(self, id_kind: str, id_number: str) -> dict[str, bytes | None]:
        """What is kept of a number for finding it."""
        return self._digests(_NUMBER, id_kind, id_number)

    def mobile_digests(self, mobile: str | None) -> dict[str, bytes | None]:
        """What is kept of a mobile number for finding it."""
        return self._digests(_MOBILE, MOBILE_KIND, mobile)

    def seal(self, value: str, row_id: str, column: str) -> bytes:
        """A value sealed for its place: the id of its person or document, and the column."""
        return self._sealer.seal(value.encode(), "person", row_id, column)

    def open(self, value: bytes, row_id: str, column: str) -> str:
        """A value sealed for its place, opened."""
        return self._sealer.open(value, "person", row_id, column).decode()

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
            id_kind=row.id_kind or "",
            id_number=self.open(row.id_number, row.document_id, "id_number") if row.id_number else "",
            name=self.open(row.name, row.id, "name") if row.name else "",
            mobile=self.open(row.mobile, row.id, "mobile") if row.mobile else None,
            level=row.level,
            state=row.state,
            created_at=row.created_at,
            updated_at=row.updated_at,
            level_until=row.level_until,
            level_next=row.level_next,
            born=date.fromisoformat(self.open(row.born, row.id, "born")) if row.born else None,
            mobile_verified_at=row.mobile_verified_at,
            closes_at=row.closes_at,
            merged_into=row.merged_into,
            version=row.version,
            document_id=row.document_id or "",
        )


def _handle(row: Any | None) -> tuple[str, PersonState] | None:
    return None if row is None else (row.id, row.state)


def _taken(db: Connection, table: Any, column: DigestedColumn, digests: Sequence[bytes]) -> set[bytes]:
    odd, even = table.c[column.odd], table.c[column.even]
    is_wanted = bulk.digests(db, digests)
    rows = db.execute(select(odd, even).where(or_(is_wanted(odd), is_wanted(even)))) if digests else ()
    found = {bytes(digest) for row in rows for digest in row if digest is not None}
    return found.intersection(digests)
