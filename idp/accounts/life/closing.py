"""Closing an account: fifteen days to think again, then nothing personal is left (GB/T 35273-2020 §8.5, C25).

active ──begin──▶ closing ──15 days──▶ closed        closing ──sign-in──▶ active
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idp.accounts.events import PersonStateChanged
from idp.accounts.life.parts import Blockers, Parts
from idp.accounts.models import ChangeKind, PersonState
from idp.accounts.store import Person
from idp.audit.event import Place
from idp.clock import instant
from idp.errors import Conflict
from idp.storage.engine import Db

AT_ONCE = 50
JOB = "system:closing"


@dataclass(frozen=True, slots=True)
class Blocked:
    """The account cannot be closed yet: ids of organisations for which nobody else could act."""

    organisation_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cooling:
    """The account closes at this instant unless its owner signs in before."""

    closes_at: datetime


class Closing:
    """Begins, takes back and completes closings."""

    def __init__(self, parts: Parts, blockers: Blockers) -> None:
        self._parts = parts
        self._blockers = blockers

    def blocked_by(self, db: Db, person_id: str) -> tuple[str, ...]:
        """Ids of organisations for which nobody else could act: what stands in the way now."""
        return tuple(self._blockers.blockers(db, person_id))

    def begin(self, db: Db, person_id: str, actor: str, place: Place) -> Blocked | Cooling:
        """Begin the cooling-off, at the owner's wish. Raises NotFound, Conflict `person.closed` unless active."""
        person = self._parts.for_change(db, person_id)
        if person.state is not PersonState.ACTIVE:
            raise Conflict("person.closed", person.state.value)
        blocked = self.blocked_by(db, person_id)
        if blocked:
            return Blocked(blocked)
        now = instant(self._parts.clock)
        closes_at = now + timedelta(days=self._parts.settings.cooling_off_days)
        closing = replace(
            person, state=PersonState.CLOSING, closes_at=closes_at, updated_at=now, version=person.version + 1
        )
        self._parts.store.restore(db, closing)
        self._changed(db, person_id, PersonState.CLOSING, actor, place)
        return Cooling(closes_at)

    def take_back(self, db: Db, person_id: str, place: Place) -> bool:
        """The owner signed in before the end: the account stays. False when it is not closing any more."""
        person = self._parts.for_change(db, person_id)
        if person.state is not PersonState.CLOSING:
            return False
        now = instant(self._parts.clock)
        kept = replace(
            person, state=PersonState.ACTIVE, closes_at=None, updated_at=now, version=person.version + 1
        )
        self._parts.store.restore(db, kept)
        self._changed(db, person_id, PersonState.ACTIVE, f"person:{person_id}", place)
        return True

    def complete(self, db: Db, person_id: str, actor: str, place: Place) -> Person:
        """Close for good, now: everything that hangs on the person ends and no personal value is left.

        What stays: the id, from which subjects are made, and a keyed digest of the number, to know who comes back.
        Raises NotFound, Conflict `person.closed` for a row that lives on in another.
        """
        person = self._parts.for_change(db, person_id)
        if person.state is PersonState.CLOSED:
            return person
        if person.state is PersonState.MERGED:
            raise Conflict("person.closed", person.state.value)
        now = instant(self._parts.clock)
        self._parts.gone(db, person_id, "person_closed", actor, place)
        self._parts.store.wipe(db, person_id, PersonState.CLOSED, now)
        self._parts.note(db, person_id, ChangeKind.CLOSED, "owner", actor)
        self._changed(db, person_id, PersonState.CLOSED, actor, place)
        return self._parts.for_change(db, person_id)

    def run(self) -> int:
        """Complete what is due, each in a transaction of its own; how many."""
        with self._parts.sql.once() as db:
            due = self._parts.store.list_due(db, instant(self._parts.clock), AT_ONCE)
        place = Place("system", "closing")
        for person_id in due:
            with self._parts.sql.begin() as db:
                if self._is_due(db, person_id):
                    self.complete(db, person_id, JOB, place)
        return len(due)

    def _is_due(self, db: Db, person_id: str) -> bool:
        """Asked again while the row is held: the owner may have signed in meanwhile."""
        person = self._parts.for_change(db, person_id)
        is_closing = person.state is PersonState.CLOSING and person.closes_at is not None
        return is_closing and (person.closes_at or instant(self._parts.clock)) <= instant(self._parts.clock)

    def _changed(self, db: Db, person_id: str, to: PersonState, actor: str, place: Place) -> None:
        event = PersonStateChanged(actor=actor, object=person_id, place=place, state=to.value)
        self._parts.audit.append(db, event)
