"""Ending and narrowing grants, with everything that stands on them, and the review after a change of representative."""

from dataclasses import replace
from datetime import datetime

from idp.accounts.store import Person
from idp.audit.event import Outcome, Place
from idp.clock import instant
from idp.delegations.events import DelegationEnded, DelegationNarrowed, DelegationRefused
from idp.delegations.models import DelegationState
from idp.delegations.parts import Parts, is_usable_now, word_of
from idp.delegations.rules import Held, Refusal, common, earlier, grant_fault, is_narrower, may_end
from idp.delegations.store import OPEN, STANDING, Delegation
from idp.identifiers.capacity import Capacity
from idp.storage.engine import Db

HANDOVER = "handover"
MANAGERS = frozenset({Capacity.LEGAL_REPRESENTATIVE, Capacity.ADMINISTRATOR})


class Changing:
    """Acts on grants that stand."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def end(self, db: Db, by: Person, delegation_id: str, place: Place) -> Delegation | Refusal:
        """End a grant at once, and everything under it: the agent the own one, or whoever stands above it."""
        grant = self._parts.store.find_for_change(db, delegation_id)
        if grant is None or not self._may_end(db, by, grant):
            return self._refuse(db, by, "end", delegation_id, Refusal.NOT_YOURS, place)
        if grant.state not in STANDING:
            return self._refuse(db, by, "end", delegation_id, Refusal.OVER, place)
        why = "by_agent" if grant.agent_person_id == by.id else "by_grantor"
        self.end_with_below(db, grant, why, f"person:{by.id}", place)
        return replace(grant, state=DelegationState.ENDED, ended_for=why)

    def end_by_officer(self, db: Db, delegation_id: str, why: str, actor: str, place: Place) -> bool:
        """End a grant by order; false when it did not stand."""
        grant = self._parts.store.find_for_change(db, delegation_id)
        if grant is None or grant.state not in OPEN:
            return False
        self.end_with_below(db, grant, why, actor, place)
        return True

    def end_with_below(self, db: Db, grant: Delegation, why: str, actor: str, place: Place) -> None:
        """End a grant that was read for change and all that stands on it."""
        now = instant(self._parts.clock)
        touched = [grant, *self._parts.store.list_below(db, grant.id)]
        ended = self._parts.store.end(db, [one.id for one in touched], now, why, actor)
        if not ended:
            return
        event = DelegationEnded(
            actor=actor, object=grant.id, place=place, subject=grant.subject, why=why, below=len(ended) - 1
        )
        self._parts.audit.append(db, event)
        self._parts.telling.ended(db, [one for one in touched if one.id in ended])
        self._parts.tell_ended(db, ended, now)

    def narrow(
        self, db: Db, by: Person, delegation_id: str, wanted: Held, place: Place
    ) -> Delegation | Refusal:
        """Take matters, time or passing-on away, from it and from everything under it. More is given by a new invitation.

        Nobody changes the own grant.
        """
        now = instant(self._parts.clock)
        grant = self._parts.store.find_for_change(db, delegation_id)
        if grant is None or grant.agent_person_id == by.id or not self._may_end(db, by, grant):
            return self._refuse(db, by, "narrow", delegation_id, Refusal.NOT_YOURS, place)
        fault = self._fault_of_narrowing(grant, wanted, now)
        if fault is not None:
            return self._refuse(db, by, "narrow", delegation_id, fault, place)
        changed = self._rewritten(grant, wanted, f"person:{by.id}")
        self._parts.store.put(db, changed)
        below = self._narrow_below(db, changed, now, f"person:{by.id}", place)
        event = DelegationNarrowed(
            actor=f"person:{by.id}",
            object=grant.id,
            place=place,
            subject=grant.subject,
            matters=len(changed.matters),
            below=len(below),
        )
        self._parts.audit.append(db, event)
        self._parts.tell_ended(db, [grant.id, *below], now)
        return changed

    def keep(self, db: Db, by: Person, delegation_id: str, place: Place) -> Delegation | Refusal:
        """After a change of representative: the new one confirms a grant of the one before. It stands on him from now on."""
        now = instant(self._parts.clock)
        grant = self._parts.store.find_for_change(db, delegation_id)
        if grant is None or grant.organisation_id is None:
            return self._refuse(db, by, "keep", delegation_id, Refusal.NOT_YOURS, place)
        held = self._parts.usable_at(db, grant.organisation_id, by.id, now)
        own = next((one for one in held if one.capacity is Capacity.LEGAL_REPRESENTATIVE), None)
        if own is None or grant.agent_person_id == by.id:
            return self._refuse(db, by, "keep", delegation_id, Refusal.NOT_YOURS, place)
        if grant.state is not DelegationState.FROZEN or grant.frozen_for != HANDOVER:
            return self._refuse(db, by, "keep", delegation_id, Refusal.OVER, place)
        fault = grant_fault(own.held, self._parts.store.depth(db, own), grant.held, now)
        if fault is not None:
            return self._refuse(db, by, "keep", delegation_id, fault, place)
        kept = replace(
            self._rewritten(replace(grant, parent_id=own.id), grant.held, f"person:{by.id}"),
            state=DelegationState.ACTIVE,
            frozen_for=None,
        )
        self._parts.store.put(db, kept)
        return kept

    def _may_end(self, db: Db, by: Person, grant: Delegation) -> bool:
        now = instant(self._parts.clock)
        if grant.capacity is Capacity.LEGAL_REPRESENTATIVE:
            return False  # the register says who represents; what stands on it must outlast the person
        if grant.capacity is Capacity.GUARDIAN:
            return grant.agent_person_id == by.id
        is_own = grant.agent_person_id == by.id or self._manages(db, by, grant.agent_organisation_id, now)
        is_subject = grant.person_id == by.id
        capacity = (
            self._parts.capacity_at(db, grant.organisation_id, by.id, now) if grant.organisation_id else None
        )
        is_above = is_subject or self._stands_above(db, by, grant, now)
        return may_end(capacity, is_own, is_above, grant.capacity)

    def _manages(self, db: Db, by: Person, organisation_id: str | None, now: datetime) -> bool:
        return (
            organisation_id is not None
            and self._parts.capacity_at(db, organisation_id, by.id, now) in MANAGERS
        )

    def _stands_above(self, db: Db, by: Person, grant: Delegation, now: datetime) -> bool:
        parent_id = grant.parent_id
        while parent_id is not None:
            parent = self._parts.store.find_with_subject(db, parent_id)
            if parent is None:
                return False
            if parent.delegation.agent_person_id == by.id and is_usable_now(parent, now):
                return True
            parent_id = parent.delegation.parent_id
        return False

    def _fault_of_narrowing(self, grant: Delegation, wanted: Held, now: datetime) -> Refusal | None:
        if grant.state not in STANDING:
            return Refusal.OVER
        if not wanted.matters:
            return Refusal.NO_MATTERS
        if not is_narrower(wanted, grant.held):
            return Refusal.ONLY_NARROWER
        return Refusal.PERIOD if wanted.ends_at is not None and wanted.ends_at <= now else None

    def _rewritten(self, grant: Delegation, held: Held, by: str) -> Delegation:
        """A grant with other contents, signed by who gives them; what the agent accepted was more and stays on record."""
        changed = replace(
            grant,
            matters=held.matters,
            starts_at=held.starts_at,
            ends_at=held.ends_at,
            may_delegate=held.may_delegate,
            version=grant.version + 1,
        )
        return replace(changed, grant_evidence=self._parts.evidence.sign(word_of(changed, "grant", by)))

    def _narrow_below(self, db: Db, top: Delegation, now: datetime, by: str, place: Place) -> list[str]:
        """Let nothing under a narrowed grant give more than it; what is left with nothing ends. Which changed."""
        held = {top.id: top}
        touched = []
        for grant in self._parts.store.list_below(db, top.id):
            parent = held.get(grant.parent_id or "")
            if parent is None:
                continue
            matters = common(parent.matters, grant.matters)
            ends_at = earlier(parent.ends_at, grant.ends_at)
            starts_at = max(parent.starts_at, grant.starts_at)
            wanted = replace(grant.held, matters=matters, starts_at=starts_at, ends_at=ends_at)
            if not matters or (parent.capacity is Capacity.AGENT and not parent.may_delegate):
                self.end_with_below(db, grant, "narrowed", by, place)
                touched.append(grant.id)
            elif wanted == grant.held:
                held[grant.id] = grant
            else:
                held[grant.id] = self._rewritten(grant, wanted, by)
                self._parts.store.put(db, held[grant.id])
                touched.append(grant.id)
        return touched

    def _refuse(self, db: Db, by: Person, wanted: str, about: str, fault: Refusal, place: Place) -> Refusal:
        event = DelegationRefused(
            actor=f"person:{by.id}",
            object=about,
            place=place,
            outcome=Outcome.REFUSED,
            wanted=wanted,
            why=fault.value,
        )
        self._parts.audit.append(db, event)
        return fault
