"""What a caller asks of a sign-in, and what a person has proved towards it."""

from dataclasses import dataclass, field
from typing import Final

from idp.authenticators.evidence import Evidence

FRESH_SECONDS: Final = 600
"""How recent a proof must be for acts that change who holds the account (SSO-09), and to say two factors of a telephone."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """The evidence that a caller wants.

    `signed_in_since` is the earliest time of a proof that counts (seconds since 1970): `prompt=login` sets it to the start
    of the request, `max_age` to that many seconds before. `least_level` and one of `acr_values`, where there are any, have
    to be reached by the proofs that count; `is_twofold` asks for two steps, whatever level they reach. `person_id` is the
    only person who will do, `why` the key of the words that tell the person why more than a plain sign-in is asked for,
    `subject` what they name.
    """

    signed_in_since: float | None = None
    application_id: str | None = None
    login_hint: str | None = None
    ui_locales: str | None = None
    least_level: int = 1
    acr_values: tuple[str, ...] = ()
    person_id: str | None = None
    why: str = ""
    subject: str = ""
    is_twofold: bool = False


@dataclass(frozen=True, slots=True)
class Proven:
    """Whose proofs these are."""

    person_id: str
    evidence: tuple[Evidence, ...] = field(default=())
