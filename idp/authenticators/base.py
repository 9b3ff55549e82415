"""What a way of signing in is, and what it can answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accepted:
    """The credentials are this person's. `amr` is the method's name (RFC 8176), `acr` the level it reaches."""

    person_id: str
    amr: str
    acr: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The credentials are nobody's; `person_id` only for the event log, never for the answer."""

    person_id: str | None


Outcome = Accepted | Refused

ACR_PASSWORD = "urn:yihao:aal:1"  # noqa: S105 - the name of a level
"""One factor that is known (GB/T 40651-2021 §8.3)."""
ACR_VALUES = (ACR_PASSWORD,)
