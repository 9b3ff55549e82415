"""The first way in: an identifier and a password."""

from idp.accounts.models import PersonState
from idp.accounts.store import PersonStore
from idp.authenticators.base import Accepted
from idp.authenticators.evidence import Way
from idp.authenticators.password import PasswordMethod
from idp.authenticators.store import Credential
from idp.clock import Clock, instant, today
from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.id_number import IdNumber
from idp.identifiers.login_name import detect
from idp.identifiers.mobile import Mobile
from idp.login.outcomes import Caller, MethodPaused, Mistyped, Proved, Refused
from idp.login.tries import Tries
from idp.storage.engine import Db, Sql


class ByPassword:
    """Says whose password it is; signs nobody in."""

    def __init__(
        self, sql: Sql, clock: Clock, persons: PersonStore, passwords: PasswordMethod, tries: Tries
    ) -> None:
        self._sql = sql
        self._clock = clock
        self._persons = persons
        self._passwords = passwords
        self._tries = tries

    def check(
        self, identifier: str, password: str, caller: Caller, application: str | None = None
    ) -> Proved | Refused:
        """Check an identifier and a password, with all limits and notes of a sign-in. Raises TooMany, Unavailable."""
        try:
            number = detect(identifier, today(self._clock))
        except IdentifierRejected as error:
            return Mistyped("identifier", error.code)
        if not password:
            return Mistyped("password", "password.empty")
        tried = self._tries.admit(Way.PASSWORD, f"{number.value}|{caller.source}", caller, application)
        if isinstance(tried, MethodPaused):
            return tried
        with self._sql.once() as db:
            handle = find_handle(self._persons, db, number)
            outcome, outdated = self._passwords.check(db, handle[0] if handle else None, password)
        if not isinstance(outcome, Accepted) or handle is None:
            return self._tries.wrong(tried, handle[0] if handle else None, caller, application)
        self._tries.right(tried)
        if outdated is not None:
            self._renew(outdated, password)
        return Proved(*handle)

    def _renew(self, outdated: Credential, password: str) -> None:
        with self._sql.begin() as db:
            self._passwords.renew(db, outdated, password, instant(self._clock))


def find_handle(persons: PersonStore, db: Db, number: IdNumber | Mobile) -> tuple[str, PersonState] | None:
    """Whose identifier it is, and in what state; nothing is opened."""
    if isinstance(number, IdNumber):
        return persons.find_handle_by_document(db, number.kind.value, number.value)
    return persons.find_handle_by_mobile(db, number.value)
