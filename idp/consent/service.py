"""Asking a person before anything leaves, keeping the answer, and taking it back.

asked ──agree──▶ agreed (a row in `consent`)      asked ──do not agree──▶ denied
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from idp.audit.event import Outcome, Place
from idp.audit.service import Audit
from idp.claims.catalogue import BARE_SCOPES
from idp.clock import Clock, instant
from idp.consent import store
from idp.consent.events import ConsentGiven, ConsentRefused, ConsentWithdrawn
from idp.consent.store import Consent
from idp.ephemeral.box import Box, Held
from idp.storage.engine import Db
from idp.web.continuation import Continuation

SECONDS = 1800


class Decision(StrEnum):
    """What the person decided."""

    ASKED = "asked"
    AGREED = "agreed"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Question:
    """One consent page under way, bound to a browser and a session.

    `acting_for` names the organisation that the person acts for, `facts` what scopes give away of it; `labels` name the
    scopes that are matters. `is_encrypted` says that the application gets the values encrypted, so that sensitive ones may
    be among them.
    """

    browser: str
    session_id: str
    person_id: str
    client_id: str
    application_id: str
    scope: tuple[str, ...]
    optional: tuple[str, ...]
    known: tuple[str, ...]
    purpose: dict[str, str]
    continuation: Continuation
    decision: Decision = Decision.ASKED
    is_encrypted: bool = False
    acting_for: str | None = None
    facts: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)


class ConsentListener(Protocol):
    """A protocol that issued something under a consent and must end it when the consent is withdrawn."""

    def consent_withdrawn(self, db: Db, person_id: str, client_id: str, now: datetime) -> None:
        """Revoke what was issued, in the transaction that withdraws."""
        ...


class Consents:
    """All acts on consent."""

    def __init__(
        self, clock: Clock, audit: Audit, questions: Box[Question], listeners: Sequence[ConsentListener]
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._questions = questions
        self._listeners = listeners

    def find(self, db: Db, person_id: str, client_id: str) -> Consent | None:
        """The standing consent, or None."""
        return store.find(db, person_id, client_id)

    def ask(self, question: Question) -> str:
        """Keep a question for its page and return its id."""
        return self._questions.new(question)

    def question(self, question_id: str, browser: str) -> Held[Question] | None:
        """The question, if it was put to this browser."""
        held = self._questions.find(question_id) if browser else None
        return held if held is not None and held.value.browser == browser else None

    def agree(self, db: Db, held: Held[Question], chosen: frozenset[str], place: Place) -> bool:
        """Keep that the person agreed to all required scopes and to the optional ones in `chosen`.

        What was given earlier and is not in question now stays given. False when the question was answered already:
        the first answer stands.
        """
        question = held.value
        given = [s for s in question.scope if s not in question.optional or s in chosen]
        if not self._decide(held, Decision.AGREED):
            return False
        scope, asked = " ".join(given), " ".join(question.scope)
        self._put(db, question, frozenset(given))
        self._audit.append(
            db,
            ConsentGiven(
                actor=f"person:{question.person_id}",
                object=f"client:{question.client_id}",
                place=place,
                scope=scope,
                asked=asked,
            ),
        )
        return True

    def deny(self, db: Db, held: Held[Question], place: Place) -> bool:
        """Keep that the person did not agree. False when the question was answered already."""
        question = held.value
        if not self._decide(held, Decision.DENIED):
            return False
        self._audit.append(
            db,
            ConsentRefused(
                actor=f"person:{question.person_id}",
                object=f"client:{question.client_id}",
                place=place,
                outcome=Outcome.REFUSED,
                asked=" ".join(question.scope),
            ),
        )
        return True

    def withdraw(self, db: Db, person_id: str, client_id: str, place: Place) -> bool:
        """Take a consent back with all that was issued under it. False when none stood."""
        return self._withdraw(db, person_id, client_id, f"person:{person_id}", place)

    def _withdraw(self, db: Db, person_id: str, client_id: str, actor: str, place: Place) -> bool:
        if not store.withdraw(db, person_id, client_id, instant(self._clock)):
            return False
        self._tell_withdrawn(db, person_id, client_id)
        event = ConsentWithdrawn(actor=actor, object=f"client:{client_id}", place=place)
        self._audit.append(db, event)
        return True

    def person_gone(self, db: Db, person_id: str, why: str, actor: str, place: Place) -> None:
        """Take every consent back with all that was issued under it: the person is gone."""
        for consent in store.list_standing(db, person_id):
            self._withdraw(db, person_id, consent.client_id, actor, place)

    def list_standing(self, db: Db, person_id: str) -> list[Consent]:
        """A person's consents that stand."""
        return store.list_standing(db, person_id)

    def _tell_withdrawn(self, db: Db, person_id: str, client_id: str) -> None:
        """What was issued under more than is given now must end."""
        for listener in self._listeners:
            listener.consent_withdrawn(db, person_id, client_id, instant(self._clock))

    def _decide(self, held: Held[Question], decision: Decision) -> bool:
        """Answer a question that is still open: true for exactly one of any number of answers."""
        is_open = held.value.decision is Decision.ASKED
        return is_open and self._questions.swap(held, replace(held.value, decision=decision))

    def _put(self, db: Db, question: Question, given: frozenset[str]) -> None:
        before = store.find_for_change(db, question.person_id, question.client_id)
        asked = frozenset(question.scope)
        if before and (before.scope & asked) - given:
            self._tell_withdrawn(db, question.person_id, question.client_id)
        scope = given | (before.scope - asked if before else frozenset())
        seen_scope = asked | (before.seen_scope if before else frozenset())
        store.put(
            db,
            question.person_id,
            question.client_id,
            " ".join(sorted(scope)),
            " ".join(sorted(seen_scope)),
            instant(self._clock),
        )


def address(question_id: str) -> str:
    """The page of a question."""
    return f"/consent?question={question_id}"


def is_covered(consent: Consent | None, scope: frozenset[str]) -> bool:
    """Whether the person was asked for all of this before; `openid` alone gives nothing away and needs no question."""
    asked = consent.seen_scope if consent else frozenset()
    return scope - BARE_SCOPES <= asked and (scope & BARE_SCOPES) - {"openid"} <= asked


def granted(consent: Consent | None, scope: frozenset[str]) -> frozenset[str]:
    """What of the wanted scope the person gave."""
    return scope & ((consent.scope if consent else frozenset()) | {"openid"})
