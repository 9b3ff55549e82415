"""Signing in: begin a transaction, answer its form, finish with a session."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from idp.accounts.life.closing import Closing
from idp.accounts.models import PersonState
from idp.accounts.store import PersonStore, is_state_usable
from idp.audit.event import Outcome as AuditOutcome
from idp.audit.event import Place
from idp.audit.service import Audit
from idp.authenticators.base import Accepted
from idp.authenticators.password import PasswordMethod
from idp.authenticators.store import Credential
from idp.clock import Clock, instant, today
from idp.ephemeral.box import Box, Held
from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.id_number import IdNumber
from idp.identifiers.login_name import detect
from idp.identifiers.mobile import Mobile
from idp.limits.counter import Limits
from idp.limits.lockout import FIRST_PAUSE_SECONDS, TRIES, Lockout
from idp.login.events import SignedIn, SignInRefused
from idp.login.requirement import Requirement
from idp.login.transaction import LoginTransaction, TransactionState
from idp.sessions.service import Sessions
from idp.sessions.store import SsoSession
from idp.storage.engine import Db, Sql
from idp.web.continuation import Continuation

PASSWORD = "password"  # noqa: S105 - the name of a method


@dataclass(frozen=True, slots=True)
class SignInDone:
    """The person is signed in: `cookie` is the session cookie's new value, or None when another tab was first."""

    continuation: Continuation
    cookie: str | None


@dataclass(frozen=True, slots=True)
class Mistyped:
    """What was typed is no ID number or mobile number, or the password is empty; `code` says which."""

    field: str
    code: str


@dataclass(frozen=True, slots=True)
class WrongCredentials:
    """Account or password is not correct: the same for both."""

    tries_left: int | None


@dataclass(frozen=True, slots=True)
class MethodPaused:
    """Passwords rest for this pairing of identifier and source."""

    until: datetime


@dataclass(frozen=True, slots=True)
class PersonBarred:
    """The password was right, but the person may not sign in."""

    state: PersonState


@dataclass(frozen=True, slots=True)
class Proved:
    """The credentials are this person's, who may sign in; nobody was signed in."""

    person_id: str


@dataclass(frozen=True, slots=True)
class _Right:
    """The credentials are right; `outdated` is to be renewed."""

    accepted: Accepted
    outdated: Credential | None


Refused = Mistyped | WrongCredentials | MethodPaused | PersonBarred
SignInOutcome = SignInDone | Mistyped | WrongCredentials | MethodPaused | PersonBarred


class Login:
    """The way in for everybody."""

    def __init__(
        self,
        sql: Sql,
        clock: Clock,
        audit: Audit,
        transactions: Box[LoginTransaction],
        persons: PersonStore,
        passwords: PasswordMethod,
        sessions: Sessions,
        limits: Limits,
        lockout: Lockout,
        closing: Closing,
    ) -> None:
        self._closing = closing
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._transactions = transactions
        self._persons = persons
        self._passwords = passwords
        self._sessions = sessions
        self._limits = limits
        self._lockout = lockout

    def begin(self, browser: str, requirement: Requirement, continuation: Continuation) -> str:
        """Open a transaction for this browser and return its id."""
        return self._transactions.new(LoginTransaction(browser, requirement, continuation))

    def find(self, transaction_id: str, browser: str) -> Held[LoginTransaction] | None:
        """The transaction, if this browser began it."""
        held = self._transactions.find(transaction_id) if browser else None
        return held if held is not None and held.value.browser == browser else None

    def answer(
        self,
        held: Held[LoginTransaction],
        identifier: str,
        password: str,
        place: Place,
        source: str,
        device: str,
        previous: str | None,
    ) -> SignInOutcome:
        """Check an identifier and password and, when right, finish the transaction.

        `source` is the caller's address, `previous` the session cookie that the browser sent.
        """
        application = held.value.requirement.application_id
        checked = self._check(identifier, password, place, source, device, application)
        if not isinstance(checked, _Right):
            return checked
        return self._finish(held, checked.accepted, checked.outdated, password, place, device, previous)

    def prove(
        self, identifier: str, password: str, place: Place, source: str, device: str
    ) -> Proved | Refused:
        """Check an identifier and password as a sign-in does, limits and notes included, and sign nobody in."""
        checked = self._check(identifier, password, place, source, device, None)
        return Proved(checked.accepted.person_id) if isinstance(checked, _Right) else checked

    def resume(self, held: Held[LoginTransaction]) -> Continuation:
        """Go on with the session that this browser has already: the transaction is done."""
        self._transactions.swap(held, replace(held.value, state=TransactionState.DONE))
        return held.value.continuation

    def _check(
        self,
        identifier: str,
        password: str,
        place: Place,
        source: str,
        device: str,
        application: str | None,
    ) -> _Right | Refused:
        try:
            number = detect(identifier, today(self._clock))
        except IdentifierRejected as error:
            return Mistyped("identifier", error.code)
        if not password:
            return Mistyped("password", "password.empty")
        pairing = f"{number.value}|{source}"
        tried = self._admit(pairing, source)
        if isinstance(tried, MethodPaused):
            self._note(None, "paused", place, application, device)
            return tried
        with self._sql.once() as db:
            handle = self._find_handle(db, number)
            outcome, outdated = self._passwords.check(db, handle[0] if handle else None, password)
        if not isinstance(outcome, Accepted) or handle is None:
            self._note(handle[0] if handle else None, "credentials", place, application, device)
            self._limits.refused("sign_in_source", source)
            return self._wrong(pairing, tried)
        self._lockout.succeeded(pairing)
        if not is_state_usable(handle[1]) and not self._is_taken_back(handle, place):
            self._note(handle[0], handle[1].value, place, application, device)
            return PersonBarred(handle[1])
        return _Right(outcome, outdated)

    def _is_taken_back(self, handle: tuple[str, PersonState], place: Place) -> bool:
        """Whether the account was closing and stays, because its owner signs in (C25)."""
        if handle[1] is not PersonState.CLOSING:
            return False
        with self._sql.begin() as db:
            return self._closing.take_back(db, handle[0], place)

    def _finish(
        self,
        held: Held[LoginTransaction],
        accepted: Accepted,
        outdated: Credential | None,
        password: str,
        place: Place,
        device: str,
        previous: str | None,
    ) -> SignInDone:
        if not self._transactions.swap(held, replace(held.value, state=TransactionState.DONE)):
            return SignInDone(held.value.continuation, None)
        actor = f"person:{accepted.person_id}"
        with self._sql.begin() as db:
            before = self._sessions.find(db, previous)
            sso, cookie = self._rise(db, before, accepted, place, device, actor)
            if outdated is not None:
                self._passwords.renew(db, outdated, password, instant(self._clock))
            application = held.value.requirement.application_id
            event = SignedIn(
                actor=actor,
                object=sso.id,
                place=place,
                method=PASSWORD,
                application=application,
                device=device,
            )
            self._audit.append(db, event)
        return SignInDone(held.value.continuation, cookie)

    def _rise(
        self, db: Db, before: SsoSession | None, accepted: Accepted, place: Place, device: str, actor: str
    ) -> tuple[SsoSession, str]:
        """A session with a new cookie: the same session renewed for the same person, else the old one ended first."""
        if before is not None and before.person_id == accepted.person_id:
            return self._sessions.renew(db, before, accepted.acr, accepted.amr)
        if before is not None:
            self._sessions.end(db, before, "signed_out", f"person:{before.person_id}", place)
        return self._sessions.open(db, accepted.person_id, accepted.acr, accepted.amr, place.source, device)

    def _find_handle(self, db: Db, number: IdNumber | Mobile) -> tuple[str, PersonState] | None:
        if isinstance(number, IdNumber):
            return self._persons.find_handle_by_document(db, number.kind.value, number.value)
        return self._persons.find_handle_by_mobile(db, number.value)

    def _admit(self, pairing: str, source: str) -> int | MethodPaused:
        """Count a try before it is checked and give its number, or the pause that refuses it unread."""
        until = self._lockout.paused_until(pairing)
        if until is not None:
            return MethodPaused(datetime.fromtimestamp(until, UTC))
        self._limits.admit("sign_in_source", source)
        tried = self._lockout.charge(pairing)
        # Only a burst goes beyond: its first ten tries have not been refused yet.
        return tried if tried <= TRIES else self._rests(pairing)

    def _wrong(self, pairing: str, tried: int) -> WrongCredentials | MethodPaused:
        miss = self._lockout.missed(pairing, tried)
        if miss.tries_left == 0:
            return self._rests(pairing)
        return WrongCredentials(miss.tries_left)

    def _rests(self, pairing: str) -> MethodPaused:
        until = self._lockout.paused_until(pairing) or self._clock.timestamp() + FIRST_PAUSE_SECONDS
        return MethodPaused(datetime.fromtimestamp(until, UTC))

    def _note(
        self, person_id: str | None, why: str, place: Place, application: str | None, device: str
    ) -> None:
        actor = f"person:{person_id}" if person_id else "unknown"
        self._audit.note(
            SignInRefused(
                actor=actor,
                object="session",
                place=place,
                outcome=AuditOutcome.REFUSED,
                method=PASSWORD,
                why=why,
                application=application,
                device=device,
            )
        )
