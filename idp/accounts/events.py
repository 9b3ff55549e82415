"""Events of accounts."""

from dataclasses import dataclass

from idp.audit.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAdded(Event):
    """A person was registered."""

    act = "person.added"
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonStateChanged(Event):
    """A person was frozen, released or closed."""

    act = "person.state_changed"
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsImported(Event):
    """A file of persons was read: how many rows were added and how many refused."""

    act = "person.imported"
    added: int
    refused: int
    batch: str
