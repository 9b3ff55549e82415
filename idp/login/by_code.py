"""Proving by a code that was sent, shown by an app, or kept on paper."""

from typing import Final

from idp.accounts.models import PersonState
from idp.accounts.store import Person, PersonStore
from idp.aside import Aside
from idp.authenticators.evidence import Way
from idp.authenticators.mobile_code import Asker, MobileCodes, Proven, WrongCode
from idp.authenticators.recovery import RecoveryCodes
from idp.authenticators.totp import TotpMethod
from idp.clock import Clock, today
from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.id_number import IdNumber
from idp.identifiers.login_name import detect
from idp.identifiers.mobile import Mobile
from idp.limits.counter import Limits
from idp.login.by_password import find_handle
from idp.login.outcomes import Caller, MethodPaused, Mistyped, Proved, Refused, WrongCredentials
from idp.login.tries import Tries
from idp.storage.engine import Sql

PURPOSE: Final = "sign_in"
SENT_TO: Final = (PersonState.ACTIVE, PersonState.CLOSING)
"""Who is sent a code: who may sign in, and who takes the closing back by it."""


class BySms:
    """A code by text message: as the first proof to whoever has the number, as a further one to a known person."""

    def __init__(
        self,
        sql: Sql,
        clock: Clock,
        persons: PersonStore,
        codes: MobileCodes,
        limits: Limits,
        aside: Aside,
        tries: Tries,
    ) -> None:
        self._sql = sql
        self._clock = clock
        self._persons = persons
        self._codes = codes
        self._limits = limits
        self._aside = aside
        self._tries = tries

    def detect(self, identifier: str) -> IdNumber | Mobile | Mistyped:
        """What was typed; whether anybody has it is not looked at."""
        try:
            return detect(identifier, today(self._clock))
        except IdentifierRejected as error:
            return Mistyped("identifier", error.code)

    def begin(self, number: IdNumber | Mobile, transaction_id: str, caller: Caller, language: str) -> str:
        """Open a challenge for whoever has this number; the answer and its time are the same if nobody has it."""
        self._limits.charge("code_identifier", number.value)
        self._charge(caller)
        asker = Asker(transaction_id, PURPOSE)
        challenge = self._codes.open(asker)

        def send() -> None:
            with self._sql.once() as db:
                handle = find_handle(self._persons, db, number)
                person = self._persons.find(db, handle[0]) if handle else None
            if person is not None and person.state in SENT_TO and person.mobile is not None:
                self._codes.give(challenge, asker, person.mobile)
                self._codes.send(challenge, asker, caller.source, language)

        self._aside.do(send)
        return challenge

    def again(self, challenge: str, transaction_id: str, caller: Caller, language: str) -> None:
        """One more code for a challenge, whether or not anybody has the number. Raises TooMany."""
        self._charge(caller)
        asker = Asker(transaction_id, PURPOSE)
        self._aside.do(lambda: self._codes.send(challenge, asker, caller.source, language))

    def begin_for(self, person: Person, transaction_id: str, caller: Caller, language: str) -> str:
        """Send a code to a person who is known already. Raises TooMany."""
        self._charge(caller)
        asker = Asker(transaction_id, PURPOSE)
        return self._codes.begin(person.mobile or "", asker, caller.source, language)

    def _charge(self, caller: Caller) -> None:
        """The quotas of who asks, by address and by device; those of number and network are of every door that sends."""
        self._limits.charge("code_asker", caller.source)
        if caller.device_cookie is not None:
            self._limits.charge("code_device", caller.device_cookie)

    def check(
        self, challenge: str, transaction_id: str, typed: str, caller: Caller, application: str | None
    ) -> Proved | Mistyped | WrongCredentials:
        """Whose code it is. The number has to be the person's still. No tries left: a new code has to be asked for."""
        if not typed.strip():
            return Mistyped("code", "code.empty")
        outcome = self._codes.check(challenge, Asker(transaction_id, PURPOSE), typed)
        if isinstance(outcome, Proven):
            with self._sql.once() as db:
                handle = self._persons.find_handle_by_mobile(db, outcome.mobile)
            if handle is not None:
                return Proved(*handle)
        self._tries.note(None, Way.SMS, "credentials", caller, application)
        return WrongCredentials(outcome.tries_left if isinstance(outcome, WrongCode) else 0)


class ByOwnCode:
    """A code of an app or from paper, by a person who is known already; tries count for the person, from wherever."""

    def __init__(
        self, sql: Sql, persons: PersonStore, totp: TotpMethod, recovery: RecoveryCodes, tries: Tries
    ) -> None:
        self._sql = sql
        self._persons = persons
        self._checks = {Way.TOTP: totp.check, Way.RECOVERY_CODE: recovery.check}
        self._tries = tries

    def check(
        self, way: Way, person_id: str, typed: str, caller: Caller, application: str | None = None
    ) -> Proved | Refused:
        """Check a code of this way. Raises TooMany."""
        code = "".join(typed.split())
        if not code:
            return Mistyped("code", "code.empty")
        tried = self._tries.admit(way, f"person:{person_id}", caller, application)
        if isinstance(tried, MethodPaused):
            return tried
        with self._sql.begin() as db:
            person = self._persons.find(db, person_id)
            found = self._checks[way](db, person_id, code) if person is not None else None
        if person is None or found is None:
            return self._tries.wrong(tried, person_id, caller, application)
        self._tries.right(tried)
        return Proved(person.id, person.state)
