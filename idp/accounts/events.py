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
class PersonHeld(Event):
    """One side froze a person or lifted its hold; `kind` is owner, risk or court."""

    act = "person.held"
    kind: str
    is_held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReturned(Event):
    """Somebody who had closed the account registered again: the same person."""

    act = "person.returned"
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonIdentityChanged(Event):
    """A name, number, document or mobile number changed; the values are in the sealed history only."""

    act = "person.identity_changed"
    kind: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsMerged(Event):
    """Two rows were made one; the object is the survivor."""

    act = "person.merged"
    merged: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsImported(Event):
    """A file of persons was read: how many rows were added and how many refused."""

    act = "person.imported"
    added: int
    refused: int
    batch: str
