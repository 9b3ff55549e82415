"""Events of ceremonies and of the key agent. `object` is the ceremony, or the generation of the root key."""

from dataclasses import dataclass

from idp.audit.event import Event, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class CeremonyOpened(Event):
    """A ceremony waits for the officers' evidence; the statement is named by its SM3 digest."""

    act = "ceremony.opened"
    kind: str
    threshold: int
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CeremonyRefused(Event):
    """A ceremony was not opened; `reason` is the machine word."""

    act = "ceremony.refused"
    kind: str
    reason: str
    outcome: Outcome = Outcome.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceAdded(Event):
    """An officer's evidence was verified and kept; so many are there now."""

    act = "ceremony.evidence_added"
    officer: str
    count: int
    threshold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRefused(Event):
    """What was presented as evidence does not count; `reason` is the machine word."""

    act = "ceremony.evidence_refused"
    reason: str
    outcome: Outcome = Outcome.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class CeremonyDone(Event):
    """A ceremony was carried out once, with its record; so many officers agreed."""

    act = "ceremony.done"
    kind: str
    agreed: int
    generation: int
    record: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CeremonyFailed(Event):
    """Carrying out a ceremony was refused or failed, and nothing was changed; `state` is what it is now."""

    act = "ceremony.failed"
    kind: str
    reason: str
    state: str
    outcome: Outcome = Outcome.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class CeremonyAbandoned(Event):
    """An open ceremony was given up."""

    act = "ceremony.abandoned"
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RootShareAccepted(Event):
    """An officer's share reached the key agent and is right; so many are there now."""

    act = "root.share_accepted"
    officer: str
    count: int
    threshold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RootShareRefused(Event):
    """What was brought to the key agent as a share does not count; `reason` is the machine word."""

    act = "root.share_refused"
    reason: str
    outcome: Outcome = Outcome.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class RootUnsealed(Event):
    """The key agent holds the root key: by the officers' shares, or handed on by the ceremony that made it."""

    act = "root.unsealed"
    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RootSealed(Event):
    """The key agent forgot the root key."""

    act = "root.sealed"
