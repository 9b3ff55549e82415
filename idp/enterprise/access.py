"""Who may see and manage an organisation here: whoever holds a usable capacity at it, by the highest of them."""

from dataclasses import dataclass
from datetime import datetime

from idp.delegations.rules import highest
from idp.delegations.service import Delegations
from idp.delegations.store import Delegation
from idp.errors import NotFound
from idp.identifiers.capacity import Capacity
from idp.organisations.service import Organisations
from idp.organisations.store import Organisation
from idp.storage.engine import Db

MANAGERS = frozenset({Capacity.LEGAL_REPRESENTATIVE, Capacity.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class At:
    """A person at an organisation: the highest capacity there and the grants it stands on."""

    organisation: Organisation
    capacity: Capacity
    grants: tuple[Delegation, ...]

    @property
    def manages(self) -> bool:
        """Whether the agents and papers of the organisation are shown."""
        return self.capacity in MANAGERS


class Access:
    """Finds what a person may see."""

    def __init__(self, organisations: Organisations, delegations: Delegations) -> None:
        self._organisations = organisations
        self._delegations = delegations

    def at(self, db: Db, person_id: str, organisation_id: str, now: datetime) -> At:
        """The person at this organisation. Raises NotFound for a stranger, as for an organisation that is none."""
        grants = self._delegations.parts.usable_at(db, organisation_id, person_id, now)
        capacity = highest(grant.capacity for grant in grants)
        organisation = self._organisations.find(db, organisation_id)
        if organisation is None or capacity is None:
            raise NotFound("organisation.unknown", "not an organisation of this person")
        return At(organisation, capacity, tuple(grants))

    def managed(self, db: Db, person_id: str, organisation_id: str, now: datetime) -> At:
        """The same for who manages it. Raises NotFound for everybody else."""
        at = self.at(db, person_id, organisation_id, now)
        if not at.manages:
            raise NotFound("organisation.unknown", "not managed by this person")
        return at
