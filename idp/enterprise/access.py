"""Who may see and manage an organisation here: whoever holds a usable capacity at it, by the highest of them."""

from dataclasses import dataclass
from datetime import datetime

from idp.delegations.following import ORGANISATION_ENDED
from idp.delegations.rules import highest
from idp.delegations.service import Delegations
from idp.delegations.store import STANDING, Delegation
from idp.errors import NotFound, OrganisationOver
from idp.identifiers.capacity import Capacity
from idp.organisations.rules import ACTIVE, is_readable
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
        """The person at this organisation. Raises NotFound for a stranger, as for an organisation that is none.

        Raises OrganisationOver for who managed it until it ended at the register.
        """
        grants = self._delegations.parts.usable_at(db, organisation_id, person_id, now)
        capacity = highest(grant.capacity for grant in grants)
        organisation = self._organisations.find(db, organisation_id)
        if organisation is not None and capacity is not None:
            return At(organisation, capacity, tuple(grants))
        if organisation is not None and self._former(db, person_id, organisation) is not None:
            raise OrganisationOver(organisation.id)
        raise NotFound("organisation.unknown", "not an organisation of this person")

    def managed(self, db: Db, person_id: str, organisation_id: str, now: datetime) -> At:
        """The same for who manages it. Raises as `at`, for everybody else too."""
        at = self.at(db, person_id, organisation_id, now)
        if not at.manages:
            raise NotFound("organisation.unknown", "not managed by this person")
        return at

    def readable(self, db: Db, person_id: str, organisation_id: str, now: datetime) -> At:
        """The same, and who managed it until it ended, as long as its papers can be read.

        Raises NotFound for strangers, OrganisationOver when that time is over.
        """
        try:
            return self.managed(db, person_id, organisation_id, now)
        except OrganisationOver:
            at = self.of_manager(db, person_id, organisation_id, now)
            if is_readable(at.organisation, now):
                return at
            raise

    def of_manager(self, db: Db, person_id: str, organisation_id: str, now: datetime) -> At:
        """Who manages it, or did until it ended, however long ago. Raises NotFound for everybody else."""
        organisation = self._organisations.find(db, organisation_id)
        capacity = self._former(db, person_id, organisation) if organisation is not None else None
        if organisation is None or capacity is None:
            return self.managed(db, person_id, organisation_id, now)
        return At(organisation, capacity, ())

    def list_over(self, db: Db, person_id: str) -> list[Organisation]:
        """The organisations that a person managed until they ended, by name."""
        held = self._delegations.parts.store.list_of_agent(db, person_id)
        ended = {one.delegation.organisation_id for one in held if one.status not in {None, *ACTIVE}}
        found = (self._organisations.find(db, each) for each in ended if each is not None)
        over = [one for one in found if one is not None and self._former(db, person_id, one) is not None]
        return sorted(over, key=lambda one: one.name)

    def _former(self, db: Db, person_id: str, organisation: Organisation) -> Capacity | None:
        """As what somebody managed an organisation when it ended; None for others and while it goes on."""
        if organisation.status in ACTIVE:
            return None
        held = self._delegations.parts.store.list_of_person_at(db, organisation.id, person_id)
        until_the_end = (one.capacity for one in held if one.capacity in MANAGERS and _stood(one))
        return highest(until_the_end)


def _stood(grant: Delegation) -> bool:
    """Whether a grant stood when the organisation ended, and nothing else ended it before."""
    return grant.state in STANDING or (grant.ended_for or "").startswith(ORGANISATION_ENDED)
