"""Events of organisations."""

from dataclasses import dataclass

from idp.audit.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationAdded(Event):
    """An organisation was added; `source` says on whose word."""

    act = "organisation.added"
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationChanged(Event):
    """Facts of an organisation changed; `kinds` names what, separated by commas."""

    act = "organisation.changed"
    kinds: str
    source: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationHeld(Event):
    """An organisation was frozen or thawed; `why` is empty when it was thawed."""

    act = "organisation.held"
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationClaimed(Event):
    """Somebody claimed an organisation, or a claim was decided."""

    act = "organisation.claimed"
    organisation: str
    method: str
    state: str
    why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationsImported(Event):
    """An extract of the register was read: how many rows were added, changed and refused."""

    act = "organisation.imported"
    added: int
    changed: int
    refused: int
