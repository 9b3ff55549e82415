"""Events of acting for another; the object is the session."""

from dataclasses import dataclass

from idp.audit.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityChosen(Event):
    """A person chose as whom to act; ids are empty for oneself."""

    act = "capacity.chosen"
    capacity: str
    delegation: str
    via: str
    client: str
    former: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityRefused(Event):
    """A choice was refused: there is no such grant, or it may not be acted on now."""

    act = "capacity.refused"
    why: str
