"""What holds a person frozen: the owner, risk, or a court. Each is lifted by its own side, and all must be lifted."""

from crypto.tokens import random_handle
from idp.accounts.events import PersonHeld, PersonStateChanged
from idp.accounts.life.parts import Parts, PersonListener
from idp.accounts.life.store import Hold
from idp.accounts.models import HoldKind, PersonState
from idp.accounts.store import Person
from idp.audit.event import Place
from idp.clock import instant
from idp.errors import Conflict
from idp.storage.engine import Db

ENDED_FOR = "person_frozen"
"""Why the sessions of a frozen person ended."""
FREEZABLE = frozenset({PersonState.ACTIVE, PersonState.FROZEN, PersonState.CLOSING})


class Holds:
    """Places and lifts holds; the state of the person follows."""

    def __init__(self, parts: Parts, sessions: PersonListener) -> None:
        self._parts = parts
        self._sessions = sessions

    def place(
        self,
        db: Db,
        person_id: str,
        kind: HoldKind,
        reason: str,
        reference: str | None,
        actor: str,
        place: Place,
    ) -> Person:
        """Freeze a person for a reason; nothing changes when this side holds him already.

        Raises NotFound, Conflict `person.closed`.
        """
        person = self._parts.for_change(db, person_id)
        if person.state not in FREEZABLE:
            raise Conflict("person.closed", person.state.value)
        standing = self._parts.store.list_holds(db, person_id)
        if not any(hold.kind is kind for hold in standing):
            now = instant(self._parts.clock)
            hold = Hold(random_handle(), person_id, kind, reason, reference, actor, now)
            self._parts.store.add_hold(db, hold)
            self._held(db, person_id, kind, True, actor, place)
            self._sessions.person_gone(db, person_id, ENDED_FOR, actor, place)
        return self._settle(db, person, PersonState.FROZEN, actor, place)

    def lift(self, db: Db, person_id: str, kind: HoldKind, actor: str, place: Place) -> Person:
        """Lift what one side holds; the person is active again once nobody holds him.

        Raises NotFound, Conflict `person.closed`.
        """
        person = self._parts.for_change(db, person_id)
        if not person.name:
            raise Conflict("person.closed", person.state.value)
        now = instant(self._parts.clock)
        if self._parts.store.lift_holds(db, person_id, kind, actor, now):
            self._held(db, person_id, kind, False, actor, place)
        if person.state is not PersonState.FROZEN or self._parts.store.list_holds(db, person_id):
            return person
        return self._settle(db, person, PersonState.ACTIVE, actor, place)

    def _settle(self, db: Db, person: Person, to: PersonState, actor: str, place: Place) -> Person:
        if person.state is to:
            return person
        self._parts.persons.change_state(db, person.id, to, instant(self._parts.clock))
        event = PersonStateChanged(actor=actor, object=person.id, place=place, state=to.value)
        self._parts.audit.append(db, event)
        return self._parts.for_change(db, person.id)

    def _held(self, db: Db, person_id: str, kind: HoldKind, is_held: bool, actor: str, place: Place) -> None:
        event = PersonHeld(actor=actor, object=person_id, place=place, kind=kind.value, is_held=is_held)
        self._parts.audit.append(db, event)
