"""Every query on documents, changes and holds of persons."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, or_, select, update

from crypto.tokens import random_handle
from idp.accounts.models import (
    ChangeKind,
    HoldKind,
    PersonChangeRow,
    PersonDocumentRow,
    PersonHoldRow,
    PersonRequestRow,
    PersonRow,
    PersonState,
    Standing,
)
from idp.accounts.store import Person, PersonStore
from idp.storage.base import table_of
from idp.storage.sealed import SealedTable

_person = table_of(PersonRow)
_document = table_of(PersonDocumentRow)
_change = table_of(PersonChangeRow)
_hold = table_of(PersonHoldRow)
_request = table_of(PersonRequestRow)
SEALED_REQUESTS: Final = SealedTable(_request, ("words", "answer"), place="person")
SEALED_CHANGES: Final = SealedTable(_change, ("before", "after"), place="person")


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """One document of a person; the number is empty once the account was closed."""

    id: str
    person_id: str
    id_kind: str
    id_number: str
    standing: Standing
    valid_until: datetime | None
    source: str
    added_at: datetime
    ended_at: datetime | None

    def __repr__(self) -> str:
        return f"Document({self.id})"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose document it is, whatever became of it."""

    document_id: str
    person_id: str
    standing: Standing
    state: PersonState
    level_before: int


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """One change of an identity with what stood before and after."""

    id: str
    person_id: str
    kind: ChangeKind
    before: str | None
    after: str | None
    source: str
    evidence_id: str | None
    actor: str
    at: datetime

    def __repr__(self) -> str:
        return f"Change({self.id})"


@dataclass(frozen=True, slots=True)
class Hold:
    """What holds a person frozen."""

    id: str
    person_id: str
    kind: HoldKind
    reason: str
    reference: str | None
    placed_by: str
    placed_at: datetime


class LifeStore:
    """Finds and changes what makes up a person's life."""

    def __init__(self, persons: PersonStore) -> None:
        self._persons = persons

    def find_owner(self, db: Connection, id_kind: str, id_number: str) -> Owner | None:
        """Whose document this is or was, found under any live version of the key."""
        digests = [each for each in self._persons.number_digests(id_kind, id_number).values() if each]
        wanted = (
            select(
                _document.c.id, _document.c.person_id, _document.c.standing, _person.c.state, _person.c.level
            )
            .join(_person, _person.c.id == _document.c.person_id)
            .where(
                or_(
                    _document.c.id_number_digest.in_(digests),
                    _document.c.id_number_digest_even.in_(digests),
                )
            )
        )
        row = db.execute(wanted).first()
        return None if row is None else Owner(row.id, row.person_id, row.standing, row.state, row.level)

    def list_documents(self, db: Connection, person_id: str) -> list[Document]:
        """Every document of a person, the main one first."""
        rows = db.execute(select(_document).where(_document.c.person_id == person_id))
        found = [self._document(row) for row in rows]
        return sorted(found, key=lambda one: (one.standing is not Standing.MAIN, one.added_at))

    def add_document(
        self,
        db: Connection,
        person_id: str,
        id_kind: str,
        id_number: str,
        standing: Standing,
        source: str,
        valid_until: datetime | None,
        now: datetime,
    ) -> str:
        """Add a document and give its id. Raises Conflict (at the transaction's door) when anybody has or had it."""
        document_id = random_handle()
        row = {
            "id": document_id,
            "person_id": person_id,
            "id_kind": id_kind,
            "id_number": self._persons.seal(id_number, document_id, "id_number"),
            **self._persons.number_digests(id_kind, id_number),
            "standing": standing,
            "valid_until": valid_until,
            "source": source,
            "added_at": now,
            "ended_at": None,
        }
        db.execute(insert(_document), [row])
        return document_id

    def change_standing(
        self, db: Connection, document_id: str, standing: Standing, ended_at: datetime | None
    ) -> None:
        """Set what a document is to its person."""
        values = {"standing": standing, "ended_at": ended_at}
        db.execute(update(_document).where(_document.c.id == document_id).values(values))

    def restore_document(self, db: Connection, document_id: str, id_number: str, now: datetime) -> None:
        """Fill a closed document again with its number; it is the main one from here on."""
        values = {
            "id_number": self._persons.seal(id_number, document_id, "id_number"),
            "standing": Standing.MAIN,
            "added_at": now,
            "ended_at": None,
        }
        db.execute(update(_document).where(_document.c.id == document_id).values(values))

    def move_documents(self, db: Connection, loser_id: str, survivor_id: str) -> None:
        """Give all documents of one row to another: what was main there is one more here."""
        mine = _document.c.person_id == loser_id
        db.execute(
            update(_document)
            .where(mine, _document.c.standing == Standing.MAIN)
            .values(standing=Standing.ALSO)
        )
        db.execute(update(_document).where(mine).values(person_id=survivor_id))

    def wipe(self, db: Connection, person_id: str, to: PersonState, now: datetime) -> None:
        """Remove every personal value of a person; the digests of numbers stay, to know who comes back (PRI-06)."""
        empty = {
            "name": None,
            "born": None,
            "mobile": None,
            **self._persons.mobile_digests(None),
            "mobile_verified_at": None,
            "level_until": None,
            "closes_at": None,
            "state": to,
            "updated_at": now,
            "version": _person.c.version + 1,
        }
        db.execute(update(_person).where(_person.c.id == person_id).values(empty))
        gone = {"id_number": None, "standing": Standing.CLOSED, "ended_at": now}
        db.execute(update(_document).where(_document.c.person_id == person_id).values(gone))
        db.execute(update(_change).where(_change.c.person_id == person_id).values(before=None, after=None))
        db.execute(update(_request).where(_request.c.person_id == person_id).values(words=None, answer=None))

    def restore(self, db: Connection, person: Person) -> None:
        """Write every column of a person that was read for change."""
        values = self._persons.person_row(person)
        db.execute(update(_person).where(_person.c.id == values.pop("id")).values(values))

    def list_due(self, db: Connection, now: datetime, limit: int) -> list[str]:
        """Persons whose cooling-off is over."""
        due = (_person.c.state == PersonState.CLOSING, _person.c.closes_at <= now)
        return list(db.execute(select(_person.c.id).where(*due).limit(limit)).scalars())

    def add_change(self, db: Connection, change: Change) -> None:
        """Append a change; what stood before and after is sealed."""
        seal = self._persons.seal
        row = {
            **{name: getattr(change, name) for name in Change.__dataclass_fields__},
            "before": seal(change.before, change.id, "before") if change.before is not None else None,
            "after": seal(change.after, change.id, "after") if change.after is not None else None,
        }
        db.execute(insert(_change), [row])

    def list_changes(self, db: Connection, person_id: str) -> list[Change]:
        """Every change of a person, newest first."""
        wanted = select(_change).where(_change.c.person_id == person_id)
        rows = db.execute(wanted.order_by(_change.c.at.desc(), _change.c.id))
        return [self._opened_change(row) for row in rows]

    def add_hold(self, db: Connection, hold: Hold) -> None:
        """Place a hold."""
        row = {name: getattr(hold, name) for name in Hold.__dataclass_fields__}
        db.execute(insert(_hold), [{**row, "lifted_by": None, "lifted_at": None}])

    def list_holds(self, db: Connection, person_id: str) -> list[Hold]:
        """The holds that stand, oldest first."""
        wanted = select(_hold).where(_hold.c.person_id == person_id, _hold.c.lifted_at.is_(None))
        rows = db.execute(wanted.order_by(_hold.c.placed_at))
        return [Hold(**{name: getattr(row, name) for name in Hold.__dataclass_fields__}) for row in rows]

    def lift_holds(self, db: Connection, person_id: str, kind: HoldKind, by: str, now: datetime) -> int:
        """Lift every hold of one kind; how many there were."""
        wanted = (_hold.c.person_id == person_id, _hold.c.kind == kind, _hold.c.lifted_at.is_(None))
        lifted = update(_hold).where(*wanted).values(lifted_by=by, lifted_at=now).returning(_hold.c.id)
        return len(db.execute(lifted).all())

    def _document(self, row: Any) -> Document:
        number = self._persons.open(bytes(row.id_number), row.id, "id_number") if row.id_number else ""
        plain = {name: getattr(row, name) for name in Document.__dataclass_fields__ if name != "id_number"}
        return Document(**plain, id_number=number)

    def _opened_change(self, row: Any) -> Change:
        plain = {
            name: getattr(row, name)
            for name in Change.__dataclass_fields__
            if name not in {"before", "after"}
        }
        before = self._persons.open(bytes(row.before), row.id, "before") if row.before else None
        after = self._persons.open(bytes(row.after), row.id, "after") if row.after else None
        return Change(**plain, before=before, after=after)
