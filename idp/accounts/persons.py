"""Natural persons: register, freeze, release, close.

active ──freeze──▶ frozen ──unfreeze──▶ active; active or frozen ──close──▶ closed, for good. To ask for the state
that a person is in changes nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Generic, Protocol, TypeVar

from crypto.tokens import random_handle
from idp.accounts.events import PersonAdded, PersonStateChanged
from idp.accounts.models import PersonState
from idp.accounts.new_person import NewPerson, ValidPerson, validate
from idp.accounts.problems import Problem
from idp.accounts.store import Person, PersonStore
from idp.audit.event import Place
from idp.audit.service import Audit
from idp.clock import Clock, instant, today
from idp.errors import Conflict, NotFound, RequestRefused
from idp.storage.engine import Db, Sql

S = TypeVar("S")
ENDED_FOR = "person_frozen"
_FROM: Mapping[PersonState, frozenset[PersonState]] = MappingProxyType(
    {
        PersonState.ACTIVE: frozenset({PersonState.FROZEN}),
        PersonState.FROZEN: frozenset({PersonState.ACTIVE}),
        PersonState.CLOSED: frozenset({PersonState.ACTIVE, PersonState.FROZEN}),
    }
)
"""Each state with those that it may follow."""


class Passwords(Protocol):
    """Gives persons their first password; implemented by `authenticators/password.py`."""

    def enrol(self, db: Db, passwords: list[tuple[str, str]], now: datetime) -> None:
        """Hash and keep the password of each (person id, password)."""
        ...


class OpenSessions(Protocol[S]):
    """Knows a person's sessions and ends them; implemented by `sessions/service.py`."""

    def list_not_ended(self, db: Db, person_id: str) -> list[S]:
        """A person's sessions that nobody has ended, perhaps not all at once."""
        ...

    def end(self, db: Db, sso: S, why: str, actor: str, place: Place) -> bool:
        """End one session with all that hangs on it."""
        ...


class PersonRefused(RequestRefused):
    """What was typed is no person; `problems` names every field and what is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems[0].code, ", ".join(f"{each.field}: {each.code}" for each in problems))
        self.problems = problems


class Persons(Generic[S]):
    """Registers persons and changes their state; every change leaves its event in the same transaction."""

    def __init__(
        self,
        sql: Sql,
        clock: Clock,
        audit: Audit,
        store: PersonStore,
        passwords: Passwords,
        sessions: OpenSessions[S],
    ) -> None:
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._store = store
        self._passwords = passwords
        self._sessions = sessions

    def register(self, new: NewPerson, actor: str, place: Place) -> Person:
        """Register a person, all or nothing, and return the row.

        Raises PersonRefused when a field does not hold; Conflict `person.id_number_taken` or `person.mobile_taken`
        when somebody has the number, also when both came at the same moment: the unique constraint decides.
        """
        valid = validate(new, today(self._clock))
        if isinstance(valid, list):
            raise PersonRefused(valid)
        person = person_row(valid, instant(self._clock))
        try:
            with self._sql.begin() as db:
                self._store.add(db, [person])
                if valid.password is not None:
                    self._passwords.enrol(db, [(person.id, valid.password)], person.created_at)
                self._audit.append(
                    db, PersonAdded(actor=actor, object=person.id, place=place, level=person.level)
                )
        except Conflict as conflict:
            with self._sql.once() as db:
                code = taken_code(db, self._store, valid)
            raise Conflict(code or conflict.code, conflict.detail) from conflict
        return person

    def freeze(self, person_id: str, actor: str, place: Place) -> Person:
        """Bar a person from signing in, and end the person's sessions. Raises NotFound, Conflict `person.closed`."""
        return self._move(person_id, PersonState.FROZEN, actor, place)

    def unfreeze(self, person_id: str, actor: str, place: Place) -> Person:
        """Let a frozen person sign in again. Raises NotFound, Conflict `person.closed`."""
        return self._move(person_id, PersonState.ACTIVE, actor, place)

    def close(self, person_id: str, actor: str, place: Place) -> Person:
        """Close a person for good, and end the person's sessions. Raises NotFound."""
        return self._move(person_id, PersonState.CLOSED, actor, place)

    def _move(self, person_id: str, to: PersonState, actor: str, place: Place) -> Person:
        with self._sql.begin() as db:
            person = self._store.find_for_change(db, person_id)
            if person is None:
                raise NotFound("person.unknown", "no such person")
            if person.state is to:
                return person
            if person.state not in _FROM[to]:
                raise Conflict("person.closed", f"{person.state} to {to}")
            now = instant(self._clock)
            self._store.change_state(db, person_id, to, now)
            if to is not PersonState.ACTIVE:
                self._end_sessions(db, person_id, actor, place)
            self._audit.append(
                db, PersonStateChanged(actor=actor, object=person_id, place=place, state=to.value)
            )
        return replace(person, state=to, updated_at=now)

    def _end_sessions(self, db: Db, person_id: str, actor: str, place: Place) -> None:
        while sessions := self._sessions.list_not_ended(db, person_id):
            for sso in sessions:
                self._sessions.end(db, sso, ENDED_FOR, actor, place)


def person_row(valid: ValidPerson, now: datetime) -> Person:
    """A new, active person with a fresh id."""
    return Person(
        id=random_handle(),
        id_kind=valid.id_kind,
        id_number=valid.id_number,
        name=valid.name,
        mobile=valid.mobile,
        level=valid.level,
        state=PersonState.ACTIVE,
        created_at=now,
        updated_at=now,
    )


def taken_code(db: Db, store: PersonStore, valid: ValidPerson) -> str | None:
    """Which of the two numbers somebody has already: the code of the conflict, or None."""
    number = store.document_digest(valid.id_kind, valid.id_number)
    mobile = store.mobile_digest(valid.mobile) if valid.mobile else None
    taken = store.taken_digests(db, [number], [mobile] if mobile else [])
    if number in taken:
        return "person.id_number_taken"
    return "person.mobile_taken" if mobile in taken else None
