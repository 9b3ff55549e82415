"""What persons ask for about their own data, each with a number and an answer within 30 days (PRI-07).

open ──an officer answers──▶ answered
"""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from crypto.tokens import random_handle, short_reference
from idp.accounts.models import RequestKind, RequestState
from idp.accounts.requests.events import RequestAnswered, RequestMade, RequestRead
from idp.accounts.requests.store import PersonRequest, RequestStore
from idp.audit.event import Place
from idp.audit.service import Audit
from idp.clock import Clock, instant
from idp.errors import Conflict, NotFound
from idp.storage.engine import Db

DUE: Final = timedelta(days=30)
MOST_WORDS: Final = 500
MOST_OPEN: Final = 20
ABOUT: Final[dict[RequestKind, tuple[str, ...]]] = {
    RequestKind.CORRECTION: ("name", "id_number", "mobile", "level", "organisation", "other"),
    RequestKind.COMPLAINT: ("sharing", "sign_in", "answer", "other"),
}
"""What each kind of written request can be about."""


class Fault(StrEnum):
    """Why a request was not taken."""

    ABOUT = "about"
    EMPTY = "empty"
    LONG = "long"
    MANY = "many"


class PersonRequests:
    """All acts on requests."""

    def __init__(self, clock: Clock, audit: Audit, store: RequestStore) -> None:
        self._clock = clock
        self._audit = audit
        self._store = store

    def ask(
        self, db: Db, person_id: str, kind: RequestKind, about: str, words: str, place: Place
    ) -> PersonRequest | Fault:
        """Take a correction or complaint, or say why not."""
        words = words.strip()
        if about not in ABOUT[kind]:
            return Fault.ABOUT
        if not words or len(words) > MOST_WORDS:
            return Fault.LONG if words else Fault.EMPTY
        if self._store.count_open(db, person_id) >= MOST_OPEN:
            return Fault.MANY
        made = self._new(person_id, kind, about, words)
        if not self._store.add(db, made):
            raise Conflict("object.conflict", "number taken")
        self._told(db, made, place)
        return made

    def report(self, db: Db, person_id: str, event_id: int, place: Place) -> PersonRequest:
        """Take the report that a sign-in was not the person's own; a second report of it gives the first one's number."""
        about = about_event(event_id)
        made = self._new(person_id, RequestKind.NOT_ME, about, None)
        if self._store.add(db, made):
            self._told(db, made, place)
            return made
        found = self._store.find_about(db, person_id, RequestKind.NOT_ME, about)
        if found is None:
            raise Conflict("object.conflict", "number taken")
        return found

    def find_of(self, db: Db, person_id: str, number: str) -> PersonRequest | None:
        """The person's own request of this number; those of others are as good as none."""
        found = self._store.find(db, number)
        return found if found is not None and found.person_id == person_id else None

    def list_of(self, db: Db, person_id: str) -> list[PersonRequest]:
        """A person's requests, newest first."""
        return self._store.list_of(db, person_id)

    def list_open(self, db: Db) -> list[PersonRequest]:
        """What waits for an answer, by the day on which it is due."""
        return self._store.list_open(db)

    def read(self, db: Db, number: str, actor: str, place: Place) -> PersonRequest:
        """A request with its words, for the officer who answers it. Raises NotFound."""
        found = self._find(db, number)
        event = RequestRead(actor=actor, object=f"person:{found.person_id}", place=place, number=number)
        self._audit.append(db, event)
        return found

    def answer(self, db: Db, number: str, answer: str, actor: str, place: Place) -> bool:
        """Answer a request in words that the person reads; false when it has its answer already. Raises NotFound."""
        found = self._find(db, number)
        if not self._store.answer(db, found.id, answer, instant(self._clock)):
            return False
        event = RequestAnswered(
            actor=actor,
            object=f"person:{found.person_id}",
            place=place,
            kind=found.kind.value,
            number=number,
        )
        self._audit.append(db, event)
        return True

    def _find(self, db: Db, number: str) -> PersonRequest:
        found = self._store.find(db, number)
        if found is None:
            raise NotFound("request.unknown", "no such request")
        return found

    def _new(self, person_id: str, kind: RequestKind, about: str, words: str | None) -> PersonRequest:
        now = instant(self._clock)
        return PersonRequest(
            id=random_handle(),
            person_id=person_id,
            kind=kind,
            about=about,
            words=words,
            answer=None,
            state=RequestState.OPEN,
            number=short_reference(),
            created_at=now,
            due_at=now + DUE,
        )

    def _told(self, db: Db, made: PersonRequest, place: Place) -> None:
        event = RequestMade(
            actor=f"person:{made.person_id}",
            object=f"person:{made.person_id}",
            place=place,
            kind=made.kind.value,
            about=made.about,
            number=made.number,
        )
        self._audit.append(db, event)


def about_event(event_id: int) -> str:
    """What a report is about: one event of the audit log."""
    return f"event:{event_id}"
