"""Every query on persons. Sealed fields are opened here and nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from crypto.lookup import Lookup
from crypto.seal import Sealer
from idp.accounts.models import PersonRow, PersonState
from idp.storage.base import table_of
from idp.storage.direct import Prepared

_person = table_of(PersonRow)
_BY_ID = Prepared(select(_person).where(_person.c.id == bindparam("id")))
_FOR_CHANGE = select(_person).where(_person.c.id == bindparam("id")).with_for_update()
_BY_ID_NUMBER = select(_person).where(_person.c.id_number_digest == bindparam("digest"))
_BY_MOBILE = select(_person).where(_person.c.mobile_digest == bindparam("digest"))
# Two columns only: a found row costs hardly more than none (SEC-28).
_HANDLE_BY_ID_NUMBER = Prepared(_BY_ID_NUMBER.with_only_columns(_person.c.id, _person.c.state))
_HANDLE_BY_MOBILE = Prepared(_BY_MOBILE.with_only_columns(_person.c.id, _person.c.state))


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
        digest = self.document_digest(id_kind, id_number)
        return self._opened(db.execute(_BY_ID_NUMBER, {"digest": digest}).first())

    def find_for_change(self, db: Connection, person_id: str) -> Person | None:
        """As `find`, and nobody else changes the person until the transaction ends."""
        return self._opened(db.execute(_FOR_CHANGE, {"id": person_id}).first())

    def find_by_mobile(self, db: Connection, mobile: str) -> Person | None:
        """The person with this canonical 11-digit mobile number, or None."""
        return self._opened(db.execute(_BY_MOBILE, {"digest": self.mobile_digest(mobile)}).first())

    def find_handle(
        self, db: Connection, digest: bytes, is_id_number: bool
    ) -> tuple[str, PersonState] | None:
        """Id and state of the person with this look-up digest, opening nothing: the sign-in needs no more."""
        wanted = _HANDLE_BY_ID_NUMBER if is_id_number else _HANDLE_BY_MOBILE
        row = wanted.first(db, {"digest": digest})
        return None if row is None else (row.id, row.state)

    def document_digest(self, id_kind: str, id_number: str) -> bytes:
        """The look-up digest of a canonical document number: over kind and number, for numbers of two kinds may be alike."""
        return self._lookup.digest(id_kind, id_number)

    def mobile_digest(self, mobile: str) -> bytes:
        """The look-up digest of a canonical mobile number."""
        return self._lookup.digest("mobile", mobile)

    def taken_digests(
        self, db: Connection, id_numbers: Sequence[bytes], mobiles: Sequence[bytes]
    ) -> set[bytes]:
        """Which of these look-up digests are in use already, in two queries however many are asked."""
        found = set(
            db.scalars(select(_person.c.id_number_digest).where(_person.c.id_number_digest.in_(id_numbers)))
        )
        found |= set(db.scalars(select(_person.c.mobile_digest).where(_person.c.mobile_digest.in_(mobiles))))
        return {bytes(digest) for digest in found if digest is not None}

    def add(self, db: Connection, persons: Sequence[Person]) -> None:
        """Add persons in one statement. Raises Conflict (at the transaction's door) when a number is in use."""
        db.execute(insert(_person), [self._row(person) for person in persons])

    def change_state(self, db: Connection, person_id: str, state: PersonState, now: datetime) -> None:
        """Set the state of a person."""
        db.execute(update(_person).where(_person.c.id == person_id).values(state=state, updated_at=now))

    def _row(self, person: Person) -> dict[str, object]:
        return {
            "id": person.id,
            "id_kind": person.id_kind,
            "id_number": self._seal(person.id_number, person.id, "id_number"),
            "id_number_digest": self.document_digest(person.id_kind, person.id_number),
            "name": self._seal(person.name, person.id, "name"),
            "mobile": self._seal(person.mobile, person.id, "mobile") if person.mobile else None,
            "mobile_digest": self.mobile_digest(person.mobile) if person.mobile else None,
            "level": person.level,
            "state": person.state,
            "created_at": person.created_at,
            "updated_at": person.updated_at,
        }

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
