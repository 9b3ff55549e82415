"""Events of consent: scopes by name, never values."""

from dataclasses import dataclass

from idp.audit.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(Event):
    """A person agreed that an application receives something."""

    act = "consent.given"
    scope: str
    asked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRefused(Event):
    """A person did not agree."""

    act = "consent.refused"
    asked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(Event):
    """A person withdrew a consent."""

    act = "consent.withdrawn"
