"""Events of delegations; the object is the delegation unless it says otherwise."""

from dataclasses import dataclass

from idp.audit.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationInvited(Event):
    """A grant was offered."""

    act = "delegation.invited"
    capacity: str
    subject: str
    matters: int
    may_delegate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationAnswered(Event):
    """An offer was accepted, declined or withdrawn."""

    act = "delegation.answered"
    capacity: str
    subject: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationFounded(Event):
    """A capacity was recorded on the word of a register: legal representative or guardian."""

    act = "delegation.founded"
    capacity: str
    subject: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationNarrowed(Event):
    """A grant was narrowed; `below` counts the grants under it that became narrower too."""

    act = "delegation.narrowed"
    subject: str
    matters: int
    below: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationEnded(Event):
    """A grant ended; `below` counts the grants under it that ended with it."""

    act = "delegation.ended"
    subject: str
    why: str
    below: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationsHeld(Event):
    """The grants of an organisation were frozen or released; the object is the organisation, `why` empty on release."""

    act = "delegation.held"
    why: str
    grants: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationRefused(Event):
    """An act on a delegation was refused."""

    act = "delegation.refused"
    wanted: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationsImported(Event):
    """A file of delegations was read: how many rows were added and how many refused."""

    act = "delegation.imported"
    added: int
    refused: int
