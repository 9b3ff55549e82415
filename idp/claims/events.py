"""Events of release: which claim, to which application, on which ground; never a value."""

from dataclasses import dataclass

from idp.audit.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimGranted(Event):
    """An officer approved that an application gets a claim."""

    act = "claim.granted"
    claim: str
    legal_basis: str
    purpose: str
    until: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimEnded(Event):
    """An officer ended that an application gets a claim."""

    act = "claim.ended"
    claim: str
