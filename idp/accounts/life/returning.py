"""Registering: somebody new, somebody who is here already, or somebody who comes back (ux.md §1.4 rule 10).

Whoever closed the account and registers again with the same document is the same person: the same row, so the same
subject at every application. That asks for a proof as strong as the account had, two elements at least and a remote proof
at most, so that knowing a name and a number does not open what somebody else left behind.
"""

from dataclasses import dataclass, replace

from idp.accounts.events import PersonAdded, PersonReturned
from idp.accounts.life.parts import Parts
from idp.accounts.life.store import Owner
from idp.accounts.making import Passwords, person_row
from idp.accounts.models import ChangeKind, PersonState
from idp.accounts.new_person import ValidPerson
from idp.accounts.store import Person
from idp.audit.event import Place
from idp.clock import instant
from idp.storage.engine import Db

MOST_ASKED = 2
"""No return asks for more than a remote proof: whoever had more gets it again at the counter."""


@dataclass(frozen=True, slots=True)
class Registered:
    """The person is registered; `has_returned` for one who was here before."""

    person: Person
    has_returned: bool


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """Somebody has the document: the one who typed it, or somebody else. Nothing was written."""


@dataclass(frozen=True, slots=True)
class NeedsStrongerProof:
    """The document belongs to a closed account, which asks for this level of proof. Nothing was written."""

    level: int


Registration = Registered | AlreadyThere | NeedsStrongerProof


class Returning:
    """Registers and restores."""

    def __init__(self, parts: Parts, passwords: Passwords) -> None:
        self._parts = parts
        self._passwords = passwords

    def register(
        self, db: Db, valid: ValidPerson, proved_level: int, actor: str, place: Place
    ) -> Registration:
        """Register a person whose fields hold; `proved_level` is what was proved just now, and becomes the level.

        Raises Conflict (at the transaction's door) when another transaction was first: ask again, then it is there.
        """
        owner = self._parts.store.find_owner(db, valid.id_kind, valid.id_number)
        if owner is None:
            return Registered(self._add(db, valid, proved_level, actor, place), False)
        if owner.state is not PersonState.CLOSED:
            return AlreadyThere()
        needed = min(max(owner.level_before, 1), MOST_ASKED)
        if proved_level < needed:
            return NeedsStrongerProof(needed)
        return Registered(self._restore(db, owner, valid, proved_level, actor, place), True)

    def _add(self, db: Db, valid: ValidPerson, level: int, actor: str, place: Place) -> Person:
        now = instant(self._parts.clock)
        person = replace(
            person_row(valid, now), level=level, mobile_verified_at=now if valid.mobile else None
        )
        self._parts.persons.add(db, [person])
        self._enrol(db, person, valid)
        event = PersonAdded(actor=actor, object=person.id, place=place, level=level)
        self._parts.audit.append(db, event)
        return person

    def _restore(
        self, db: Db, owner: Owner, valid: ValidPerson, level: int, actor: str, place: Place
    ) -> Person:
        now = instant(self._parts.clock)
        closed = self._parts.for_change(db, owner.person_id)
        restored = replace(
            closed,
            id_kind=valid.id_kind,
            id_number=valid.id_number,
            name=valid.name,
            mobile=valid.mobile,
            mobile_verified_at=now if valid.mobile else None,
            level=level,
            state=PersonState.ACTIVE,
            updated_at=now,
            version=closed.version + 1,
        )
        self._parts.store.restore(db, restored)
        self._parts.store.restore_document(db, owner.document_id, valid.id_number, now)
        self._parts.note(db, restored.id, ChangeKind.REOPENED, "registration", actor)
        self._enrol(db, restored, valid)
        event = PersonReturned(actor=actor, object=restored.id, place=place, level=level)
        self._parts.audit.append(db, event)
        return restored

    def _enrol(self, db: Db, person: Person, valid: ValidPerson) -> None:
        if valid.password is not None:
            self._passwords.enrol(db, [(person.id, valid.password)], person.updated_at)
