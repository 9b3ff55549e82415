"""Events of self-registration."""

from dataclasses import dataclass

from idp.audit.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationEnded(Event):
    """A registration came to its end; `how` says to which. The object is the person it made, or the attempt."""

    act = "registration.ended"
    how: str
    level: int
