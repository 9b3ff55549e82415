"""What the acts on a person's life are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from crypto.tokens import random_handle
from idp.accounts.life.settings import AccountSettings
from idp.accounts.life.store import Change, LifeStore
from idp.accounts.models import ChangeKind
from idp.accounts.store import Person, PersonStore
from idp.audit.event import Place
from idp.audit.service import Audit
from idp.clock import Clock, instant
from idp.errors import Conflict, NotFound
from idp.storage.engine import Db, Sql


class PersonListener(Protocol):
    """A part that holds something of a person and lets it go, in the transaction in which the person goes."""

    def person_gone(self, db: Db, person_id: str, why: str, actor: str, place: Place) -> None:
        """The person closed the account, died, or is part of another row from here on."""
        ...


class Heir(Protocol):
    """A part whose rows of one person pass to the one with whom that person is one from here on."""

    def person_merged(self, db: Db, from_id: str, to_id: str) -> None:
        """Move them, in the transaction of the merge."""
        ...


class Blockers(Protocol):
    """Knows what would be left without anybody if a person went; implemented by `delegations/following.py`."""

    def blockers(self, db: Db, person_id: str) -> list[str]:
        """Ids of organisations for which nobody else could act."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """Collaborators of every act."""

    sql: Sql
    clock: Clock
    audit: Audit
    settings: AccountSettings
    persons: PersonStore
    store: LifeStore
    listeners: Sequence[PersonListener]

    def for_change(self, db: Db, person_id: str) -> Person:
        """The person, held for this transaction. Raises NotFound."""
        person = self.persons.find_for_change(db, person_id)
        if person is None:
            raise NotFound("person.unknown", "no such person")
        return person

    def standing(self, db: Db, person_id: str) -> Person:
        """The same for who is neither closed nor merged. Raises NotFound, Conflict `person.closed`."""
        person = self.for_change(db, person_id)
        if not person.name:
            raise Conflict("person.closed", person.state.value)
        return person

    def gone(self, db: Db, person_id: str, why: str, actor: str, place: Place) -> None:
        """Let every part go what it holds of a person."""
        for listener in self.listeners:
            listener.person_gone(db, person_id, why, actor, place)

    def note(
        self,
        db: Db,
        person_id: str,
        kind: ChangeKind,
        source: str,
        actor: str,
        before: str | None = None,
        after: str | None = None,
        evidence_id: str | None = None,
    ) -> None:
        """Append to the history that the person sees."""
        change = Change(
            id=random_handle(),
            person_id=person_id,
            kind=kind,
            before=before,
            after=after,
            source=source,
            evidence_id=evidence_id,
            actor=actor,
            at=instant(self.clock),
        )
        self.store.add_change(db, change)
