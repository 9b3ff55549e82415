"""What the pages of organisations show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from idp.identifiers.capacity import Capacity
from idp.identifiers.masking import mask_uscc
from idp.organisations.models import OrganisationType, RegistrationStatus
from idp.organisations.store import Organisation


@dataclass(frozen=True, slots=True)
class OrganisationCard:
    """An organisation as its people see it; the code of a sole trader is masked."""

    id: str
    name: str
    uscc: str
    kind: OrganisationType
    status: RegistrationStatus
    frozen_for: str | None


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One grant. `who` is a masked name or number, or the name of an agent organisation; `matters` are names, empty for
    all of them.
    """

    id: str
    who: str
    capacity: Capacity
    matters: Sequence[str]
    starts_at: datetime
    ends_at: datetime | None
    state: str
    last_used_at: datetime | None
    may_delegate: bool
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """How many hold which capacity at an organisation, and how many are invited."""

    administrator: int
    agent: int
    invited: int


@dataclass(frozen=True, slots=True)
class CapacityRow:
    """One way in which a person acts for an organisation."""

    organisation: OrganisationCard
    capacity: Capacity
    ends_at: datetime | None
    via: str | None


@dataclass(frozen=True, slots=True)
class HappeningRow:
    """One line of the history of an organisation; names are masked, `to` and `application` may be empty."""

    when: datetime
    who: str
    act: str
    capacity: Capacity
    to: str
    application: str


@dataclass(frozen=True, slots=True)
class MatterChoice:
    """One matter to tick."""

    code: str
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class MatterGroup:
    """The matters of one department."""

    department: str
    matters: Sequence[MatterChoice]


def card(organisation: Organisation) -> OrganisationCard:
    """An organisation as pages show it."""
    return OrganisationCard(
        organisation.id,
        organisation.name,
        mask_uscc(organisation.uscc),
        organisation.kind,
        organisation.status,
        organisation.frozen_for,
    )
