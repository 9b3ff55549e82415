"""What both sides of a grant are told by text message: offered, accepted, ended, another representative (C28, E08)."""

from collections.abc import Sequence
from typing import Final

from idp.accounts.store import Person, PersonStore
from idp.delegations.models import DelegationState
from idp.delegations.store import STANDING, Delegation, DelegationStore
from idp.errors import TooMany
from idp.identifiers.capacity import Capacity
from idp.identifiers.masking import mask_name
from idp.limits.counter import Limits
from idp.notify.service import Notices
from idp.organisations.store import OrganisationStore
from idp.storage.engine import Db

PERSON: Final = "person:"
LIMIT: Final = "invitation_number"


class Telling:
    """Queues messages in the transaction of the act; names of persons are masked, organisations are named."""

    def __init__(
        self,
        notices: Notices,
        persons: PersonStore,
        organisations: OrganisationStore,
        grants: DelegationStore,
        limits: Limits,
    ) -> None:
        self._limits = limits
        self._notices = notices
        self._persons = persons
        self._organisations = organisations
        self._grants = grants

    def invited(self, db: Db, offered: Delegation) -> None:
        """Tell whom an offer was made to, registered or not; no number gets more than a few of these a day."""
        name = self._subject(db, offered)
        told: list[tuple[str | None, str | None]] = [(offered.invitee, None)]
        told += [(person.mobile, person.id) for person in self._agents(db, offered)]
        for mobile, person_id in told:
            if mobile is not None and self._may_tell(mobile):
                self._notices.tell(db, "delegation_invited", mobile, person_id, name=name)

    def accepted(self, db: Db, grant: Delegation) -> None:
        """Tell who offered."""
        self._tell_grantor(db, "delegation_accepted", grant)

    def ended(self, db: Db, grants: Sequence[Delegation]) -> None:
        """Tell agents and grantors of grants that stood."""
        for grant in grants:
            if grant.state not in STANDING:
                continue
            name = self._subject(db, grant)
            for person in self._agents(db, grant):
                self._notices.tell(db, "delegation_ended", person.mobile, person.id, name=name)
            self._tell_grantor(db, "delegation_over", grant)

    def representative_gone(self, db: Db, former: Delegation) -> None:
        """Tell somebody that he represents an organisation no longer."""
        self._tell_agents(db, "representative_gone", former)

    def representative_new(self, db: Db, founded: Delegation) -> None:
        """Tell somebody that he represents an organisation from now on."""
        self._tell_agents(db, "representative_new", founded)

    def _may_tell(self, mobile: str) -> bool:
        """Counted before it is sent: whoever may invite could else have any number flooded."""
        try:
            self._limits.charge(LIMIT, mobile)
        except TooMany:
            return False
        return True

    def _tell_agents(self, db: Db, kind: str, grant: Delegation) -> None:
        name = self._subject(db, grant)
        for person in self._agents(db, grant):
            self._notices.tell(db, kind, person.mobile, person.id, name=name)

    def _tell_grantor(self, db: Db, kind: str, grant: Delegation) -> None:
        if not grant.invited_by.startswith(PERSON):
            return
        grantor = self._persons.find(db, grant.invited_by.removeprefix(PERSON))
        if grantor is not None:
            who, name = self._agent_name(db, grant), self._subject(db, grant)
            self._notices.tell(db, kind, grantor.mobile, grantor.id, who=who, name=name)

    def _agents(self, db: Db, grant: Delegation) -> list[Person]:
        """The agent; of an organisation that is the agent, who represents it."""
        ids = [grant.agent_person_id]
        if grant.agent_organisation_id is not None:
            active = (DelegationState.ACTIVE,)
            there = self._grants.list_of_organisation(db, grant.agent_organisation_id, active)
            ids = [one.agent_person_id for one in there if one.capacity is Capacity.LEGAL_REPRESENTATIVE]
        found = (self._persons.find(db, one) for one in ids if one is not None)
        return [one for one in found if one is not None]

    def _agent_name(self, db: Db, grant: Delegation) -> str:
        if grant.agent_organisation_id is not None:
            return self._organisation(db, grant.agent_organisation_id)
        return self._person(db, grant.agent_person_id)

    def _subject(self, db: Db, grant: Delegation) -> str:
        if grant.organisation_id is not None:
            return self._organisation(db, grant.organisation_id)
        return self._person(db, grant.person_id)

    def _organisation(self, db: Db, organisation_id: str) -> str:
        found = self._organisations.find(db, organisation_id)
        return found.name if found is not None else ""

    def _person(self, db: Db, person_id: str | None) -> str:
        found = self._persons.find(db, person_id) if person_id else None
        return mask_name(found.name) if found is not None and found.name else "*"
