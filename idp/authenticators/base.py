"""What the check of a password can answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accepted:
    """The credentials are this person's."""

    person_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The credentials are nobody's; `person_id` only for the event log, never for the answer."""

    person_id: str | None


Outcome = Accepted | Refused
