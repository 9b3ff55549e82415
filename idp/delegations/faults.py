"""Why an offer is not made, or not answered with yes: asked when it is offered, and everything again when it is accepted."""

from datetime import datetime

from idp.accounts.store import Person
from idp.delegations.parts import Parts, is_usable_now
from idp.delegations.rules import (
    ADMINISTRATORS,
    FAMILY,
    LEAST_LEVEL,
    Held,
    Refusal,
    grant_fault,
    is_open_invitation,
    offer_fault,
)
from idp.delegations.store import Delegation
from idp.identifiers.capacity import Capacity
from idp.storage.engine import Db

MANAGERS = frozenset({Capacity.LEGAL_REPRESENTATIVE, Capacity.ADMINISTRATOR})


class Faults:
    """Asks the rules about what stands in the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def authority(
        self, db: Db, by: Person, organisation_id: str, offered: Held, now: datetime
    ) -> tuple[Delegation | None, Refusal | None]:
        """The grant on which somebody offers: the first of his that may give this much, or why none may."""
        held = self._parts.usable_at(db, organisation_id, by.id, now)
        fault: Refusal | None = Refusal.NOT_YOURS
        for grant in held:
            fault = grant_fault(grant.held, self._parts.store.depth(db, grant), offered, now)
            if fault is None:
                return grant, None
        return None, fault

    def of_circle(
        self, db: Db, organisation_id: str | None, agent_organisation_id: str | None
    ) -> Refusal | None:
        """Whether an organisation would become the agent of its own agent."""
        if organisation_id is None or agent_organisation_id is None:
            return None
        back = self._parts.store.list_active_of_agent_organisations(db, [organisation_id])
        is_mutual = any(one.delegation.organisation_id == agent_organisation_id for one in back)
        return Refusal.CIRCLE if is_mutual else None

    def of_number(self, db: Db, made: Delegation) -> Refusal | None:
        """Whether one more of this capacity is too many; counted while the one acted for is locked."""
        most = {Capacity.ADMINISTRATOR: ADMINISTRATORS, Capacity.FAMILY: FAMILY}.get(made.capacity)
        if most is None:
            return None
        standing = self._parts.store.count_standing(
            db, made.capacity, organisation_id=made.organisation_id, person_id=made.person_id
        )
        return Refusal.TOO_MANY if standing >= most else None

    def of_answer(self, db: Db, by: Person, offered: Delegation | None, now: datetime) -> Refusal | None:
        """Whether somebody may answer an offer: it is open and it is his."""
        if offered is None:
            return Refusal.NOT_INVITED
        if offered.agent_organisation_id is not None:
            capacity = self._parts.capacity_at(db, offered.agent_organisation_id, by.id, now)
            is_his = capacity in MANAGERS
        else:
            is_his = by.id == offered.agent_person_id or (
                offered.invitee is not None
                and offered.invitee == by.mobile
                and by.mobile_verified_at is not None
            )
        if not is_his:
            return Refusal.NOT_INVITED
        return None if is_open_invitation(offered.state, offered.invited_at, now) else Refusal.OVER

    def of_acceptance(self, db: Db, by: Person, offered: Delegation | None, now: datetime) -> Refusal | None:
        """Whether what was offered can still be given and taken."""
        if offered is None:
            return Refusal.NOT_INVITED
        if offered.person_id == by.id or offered.invited_by == f"person:{by.id}":
            return Refusal.ONESELF
        if level_now(by, now) < max(LEAST_LEVEL, self._parts.catalogue.least_level(offered.matters)):
            return Refusal.LEVEL
        if offered.parent_id is None:
            return offer_fault(offered.held, now)
        return self._of_standing(db, by, offered, offered.parent_id, now)

    def _of_standing(
        self, db: Db, by: Person, offered: Delegation, parent_id: str, now: datetime
    ) -> Refusal | None:
        """Whether what the offer stands on can still give it, and does not itself stand on the one who accepts."""
        parent = self._parts.store.find_with_subject(db, parent_id)
        if parent is None or not is_usable_now(parent, now):
            return Refusal.NOT_USABLE
        above = [parent.delegation, *self._parts.store.list_above(db, parent.delegation)]
        if any(one.agent_person_id == by.id for one in above):
            return Refusal.CIRCLE
        fault = self.of_circle(db, offered.organisation_id, offered.agent_organisation_id)
        return fault or grant_fault(parent.delegation.held, len(above), offered.held, now)


def level_now(person: Person, now: datetime) -> int:
    """The level that somebody has, now: none where it has run out and was not raised again."""
    has_run_out = person.level_until is not None and person.level_until <= now
    return 0 if has_run_out else person.level
