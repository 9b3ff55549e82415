"""What an answer to a sign-in form can lead to; every expected refusal is a value."""

from dataclasses import dataclass
from datetime import datetime

from idp.accounts.models import PersonState
from idp.audit.event import Place
from idp.web.continuation import Continuation


@dataclass(frozen=True, slots=True)
class Caller:
    """Who answers: where from, the address, the browser in a few words, the session cookie and the device's cookie."""

    place: Place
    source: str
    device: str
    session: str | None = None
    device_cookie: str | None = None


@dataclass(frozen=True, slots=True)
class SignInDone:
    """The person is signed in: `cookie` is the session cookie's new value, or None when another tab was first."""

    continuation: Continuation
    cookie: str | None
    device_cookie: str | None = None
    organisation_code: str | None = None


@dataclass(frozen=True, slots=True)
class MoreNeeded:
    """What was proved counts, and more is asked for."""


@dataclass(frozen=True, slots=True)
class Mistyped:
    """What was typed is no ID number or mobile number, or the secret is empty; `code` says which."""

    field: str
    code: str


@dataclass(frozen=True, slots=True)
class WrongCredentials:
    """Account or secret is not correct: the same for both."""

    tries_left: int | None


@dataclass(frozen=True, slots=True)
class MethodPaused:
    """A way rests for this pairing of identifier and source."""

    until: datetime


@dataclass(frozen=True, slots=True)
class PersonBarred:
    """The proof was right, but the person may not sign in."""

    state: PersonState


@dataclass(frozen=True, slots=True)
class OtherPerson:
    """The proof was right, but somebody else was asked for."""


@dataclass(frozen=True, slots=True)
class TooUnusual:
    """A right proof that does not count here and now: from `until` on it may be given again; None: not from here."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class TransactionLost:
    """The sign-in has ended, or is another browser's."""


@dataclass(frozen=True, slots=True)
class Proved:
    """The credentials are this person's; nobody was signed in."""

    person_id: str
    state: PersonState


Refused = Mistyped | WrongCredentials | MethodPaused
Accepted = SignInDone | MoreNeeded | PersonBarred | OtherPerson | TooUnusual | TransactionLost
SignInOutcome = Accepted | Refused
