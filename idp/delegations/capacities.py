"""For whom a person may act, now: own grants, and those of an organisation that is itself somebody's agent (ORG-12).

Through an agent organisation a person may do what both grants give, until the first of them ends; one step, never two.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from idp.delegations.parts import is_usable_now
from idp.delegations.rules import common, earlier
from idp.delegations.store import Delegation, DelegationStore, WithSubject
from idp.identifiers.capacity import ALL, Capacity
from idp.storage.engine import Db


@dataclass(frozen=True, slots=True)
class ActingFor:
    """One way to act for another. `via_delegation_id` is the person's own grant at the agent organisation, if there is one.

    Exactly one of `organisation_id` and `subject_person_id` is given.
    """

    capacity: Capacity
    delegation_id: str
    via_delegation_id: str | None
    organisation_id: str | None
    organisation_name: str | None
    uscc: str | None
    subject_person_id: str | None
    matters: frozenset[str]
    starts_at: datetime
    ends_at: datetime | None
    may_delegate: bool
    last_used_at: datetime | None = None
    via_name: str | None = None

    def covers(self, matter: str) -> bool:
        """Whether this matter may be done."""
        return ALL in self.matters or matter in self.matters


class Capacities:
    """Lists and finds capacities."""

    def __init__(self, store: DelegationStore) -> None:
        self._store = store

    def list_of(self, db: Db, person_id: str, now: datetime) -> list[ActingFor]:
        """Every way in which a person may act for another, now; two queries, however many there are."""
        own = [one for one in self._store.list_active_of_agent(db, person_id) if is_usable_now(one, now)]
        return [_direct(one) for one in own] + self._through(db, own, now)

    def find(
        self, db: Db, person_id: str, delegation_id: str, via_delegation_id: str | None, now: datetime
    ) -> ActingFor | None:
        """This way if the person may go it, now; else None. One query, two through an agent organisation."""
        grant = self._store.find_with_subject(db, delegation_id)
        if grant is None or not is_usable_now(grant, now):
            return None
        if via_delegation_id is None:
            return _direct(grant) if grant.delegation.agent_person_id == person_id else None
        hand = self._store.find_with_subject(db, via_delegation_id)
        if hand is None or not is_usable_now(hand, now) or hand.delegation.agent_person_id != person_id:
            return None
        agent_id = grant.delegation.agent_organisation_id
        is_through = agent_id is not None and hand.delegation.organisation_id == agent_id
        return _joined(grant, hand) if is_through else None

    def touch(self, db: Db, acting: ActingFor, now: datetime) -> None:
        """Remember that this way was gone."""
        self._store.touch(db, acting.delegation_id, now)
        if acting.via_delegation_id is not None:
            self._store.touch(db, acting.via_delegation_id, now)

    def _through(self, db: Db, own: Iterable[WithSubject], now: datetime) -> list[ActingFor]:
        at = [one for one in own if one.delegation.organisation_id is not None]
        ids = sorted({one.delegation.organisation_id or "" for one in at})
        granted = self._store.list_active_of_agent_organisations(db, ids)
        usable = [one for one in granted if is_usable_now(one, now)]
        return [
            acting
            for grant in usable
            for hand in at
            if hand.delegation.organisation_id == grant.delegation.agent_organisation_id
            and (acting := _joined(grant, hand)) is not None
        ]


def _direct(one: WithSubject) -> ActingFor:
    grant = one.delegation
    return ActingFor(
        capacity=grant.capacity,
        delegation_id=grant.id,
        via_delegation_id=None,
        organisation_id=grant.organisation_id,
        organisation_name=one.organisation_name,
        uscc=one.uscc,
        subject_person_id=grant.person_id,
        matters=grant.matters,
        starts_at=grant.starts_at,
        ends_at=grant.ends_at,
        may_delegate=grant.may_delegate,
        last_used_at=grant.last_used_at,
    )


def _joined(one: WithSubject, hand: WithSubject) -> ActingFor | None:
    """What a person may do for the grantor of an organisation at which he holds `hand`; None where nothing is common."""
    grant, own = one.delegation, hand.delegation
    matters = common(grant.matters, own.matters)
    if not matters or _is_circle(grant, own):
        return None
    return ActingFor(
        capacity=Capacity.AGENT,
        delegation_id=grant.id,
        via_delegation_id=own.id,
        organisation_id=grant.organisation_id,
        organisation_name=one.organisation_name,
        uscc=one.uscc,
        subject_person_id=grant.person_id,
        matters=matters,
        starts_at=max(grant.starts_at, own.starts_at),
        ends_at=earlier(grant.ends_at, own.ends_at),
        may_delegate=False,
        last_used_at=own.last_used_at,
        via_name=hand.organisation_name,
    )


def _is_circle(grant: Delegation, own: Delegation) -> bool:
    return grant.organisation_id == own.organisation_id
