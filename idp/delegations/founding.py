"""Capacities that a register gives and nobody grants: the legal representative and the guardian."""

from dataclasses import replace
from datetime import datetime

from crypto.tokens import random_handle
from idp.audit.event import Place
from idp.clock import instant
from idp.delegations.changing import HANDOVER, Changing
from idp.delegations.events import DelegationFounded, DelegationsHeld
from idp.delegations.models import DelegationState
from idp.delegations.parts import Parts, word_of
from idp.delegations.store import STANDING, Delegation
from idp.identifiers.capacity import ALL, Capacity
from idp.storage.engine import Db


class Founding:
    """Roots of delegation."""

    def __init__(self, parts: Parts, changing: Changing) -> None:
        self._parts = parts
        self._changing = changing

    def representative(
        self, db: Db, organisation_id: str, person_id: str, source: str, place: Place
    ) -> Delegation:
        """Record who represents an organisation, on the register's word; who did before does so no longer.

        What the one before had granted rests until the new one has looked at it (`Changing.keep`).
        """
        made = self._root(Capacity.LEGAL_REPRESENTATIVE, person_id, source, organisation_id=organisation_id)
        self._parts.store.lock_subject(db, made)
        standing = self._parts.store.list_of_organisation(db, organisation_id, STANDING, limit=None)
        roots = [one for one in standing if one.capacity is Capacity.LEGAL_REPRESENTATIVE]
        same = next((one for one in roots if one.agent_person_id == person_id), None)
        if same is not None:
            return same
        self.retire_representatives(db, organisation_id, made.invited_by, place)
        self._parts.store.add(db, made)
        self._founded(db, made, source, place)
        self._parts.telling.representative_new(db, made)
        return made

    def retire_representatives(
        self, db: Db, organisation_id: str, actor: str, place: Place, why: str = "representative_changed"
    ) -> int:
        """End the representative of before and let all grants of the organisation rest for the handover; how many rest."""
        now = instant(self._parts.clock)
        standing = self._parts.store.list_of_organisation(db, organisation_id, STANDING, limit=None)
        former = [one for one in standing if one.capacity is Capacity.LEGAL_REPRESENTATIVE]
        if not former:
            return 0
        roots = [one.id for one in former]
        ended = self._parts.store.end(db, roots, now, why, actor)
        others = [one.id for one in standing if one.id not in roots]
        frozen = self._parts.store.freeze(db, others, HANDOVER)
        event = DelegationsHeld(
            actor=actor,
            object=f"organisation:{organisation_id}",
            place=place,
            why=HANDOVER,
            grants=len(frozen),
        )
        self._parts.audit.append(db, event)
        for one in former:
            self._parts.telling.representative_gone(db, one)
        self._parts.tell_ended(db, [*ended, *frozen], now)
        return len(frozen)

    def guardian(
        self, db: Db, child_id: str, guardian_id: str, until: datetime, source: str, place: Place
    ) -> Delegation:
        """Record a guardian until the child comes of age (NAT-09). Raises Conflict when recorded already."""
        made = self._root(Capacity.GUARDIAN, guardian_id, source, person_id=child_id, ends_at=until)
        self._parts.store.add(db, made)
        self._founded(db, made, source, place)
        return made

    def _root(
        self,
        capacity: Capacity,
        agent_id: str,
        source: str,
        *,
        organisation_id: str | None = None,
        person_id: str | None = None,
        ends_at: datetime | None = None,
    ) -> Delegation:
        now = instant(self._parts.clock)
        made = Delegation(
            id=random_handle(),
            capacity=capacity,
            organisation_id=organisation_id,
            person_id=person_id,
            agent_person_id=agent_id,
            agent_organisation_id=None,
            parent_id=None,
            matters=frozenset({ALL}),
            may_delegate=capacity is Capacity.LEGAL_REPRESENTATIVE,
            state=DelegationState.ACTIVE,
            starts_at=now,
            ends_at=ends_at,
            invited_by=f"register:{source}"[:96],
            invited_at=now,
            accepted_at=now,
        )
        sign = self._parts.evidence.sign
        return replace(
            made,
            grant_evidence=sign(word_of(made, "grant", made.invited_by)),
            acceptance_evidence=sign(word_of(made, "acceptance", f"person:{agent_id}")),
        )

    def _founded(self, db: Db, made: Delegation, source: str, place: Place) -> None:
        event = DelegationFounded(
            actor=f"person:{made.agent_person_id}",
            object=made.id,
            place=place,
            capacity=made.capacity.value,
            subject=made.subject,
            source=source,
        )
        self._parts.audit.append(db, event)
