"""Offering a grant and answering the offer: both sides say yes before anything may be acted on (ORG-05, NAT-10)."""

from dataclasses import dataclass, replace
from datetime import datetime

from crypto.tokens import random_handle
from idp.accounts.store import Person
from idp.audit.event import Outcome, Place
from idp.clock import instant
from idp.delegations.events import DelegationAnswered, DelegationInvited, DelegationRefused
from idp.delegations.faults import MANAGERS, Faults
from idp.delegations.models import DelegationState
from idp.delegations.parts import Parts, word_of
from idp.delegations.rules import Held, Refusal, offer_fault
from idp.delegations.store import Delegation
from idp.identifiers.capacity import Capacity
from idp.storage.engine import Db


@dataclass(frozen=True, slots=True, repr=False)
class To:
    """Whom a grant is offered to: exactly one of a person, a mobile number, an organisation."""

    person_id: str | None = None
    mobile: str | None = None
    organisation_id: str | None = None

    def __repr__(self) -> str:
        return "To(…)"


class Inviting:
    """Invitations and their answers."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._faults = Faults(parts)

    def invite(
        self, db: Db, by: Person, organisation_id: str, offered: Held, to: To, place: Place
    ) -> Delegation | Refusal:
        """Offer to act for an organisation. What may be offered is what the one who offers holds, and no more."""
        now = instant(self._parts.clock)
        parent, fault = self._faults.authority(db, by, organisation_id, offered, now)
        made = self._new(by, offered, to, now, organisation_id=organisation_id, parent=parent)
        self._parts.store.lock_subject(db, made)
        fault = (
            fault or self._fault_of_invitee(db, by, organisation_id, to) or self._faults.of_number(db, made)
        )
        if fault is not None:
            return self._refuse(db, by, "invite", organisation_id, fault, place)
        return self._offer(db, by, made, place)

    def invite_family(self, db: Db, by: Person, offered: Held, to: To, place: Place) -> Delegation | Refusal:
        """Offer to act for oneself, as family."""
        now = instant(self._parts.clock)
        made = self._new(by, replace(offered, capacity=Capacity.FAMILY), to, now, person_id=by.id)
        self._parts.store.lock_subject(db, made)
        fault = offer_fault(made.held, now) or (Refusal.ONESELF if _is_self(by, to) else None)
        if to.organisation_id is not None or offered.may_delegate:
            fault = Refusal.MAY_NOT_DELEGATE
        fault = fault or self._faults.of_number(db, made)
        if fault is not None:
            return self._refuse(db, by, "invite_family", f"person:{by.id}", fault, place)
        return self._offer(db, by, made, place)

    def accept(self, db: Db, by: Person, delegation_id: str, place: Place) -> Delegation | Refusal:
        """Accept an invitation. Everything is asked again as of now; a withdrawal that came first wins."""
        now = instant(self._parts.clock)
        self._lock_both(db, self._parts.store.find(db, delegation_id))
        offered = self._parts.store.find_for_change(db, delegation_id)
        fault = self._faults.of_answer(db, by, offered, now) or self._faults.of_acceptance(
            db, by, offered, now
        )
        if offered is None or fault is not None:
            return self._refuse(db, by, "accept", delegation_id, fault or Refusal.NOT_INVITED, place)
        accepted = replace(
            offered,
            state=DelegationState.ACTIVE,
            agent_person_id=None if offered.agent_organisation_id else by.id,
            invitee=None,
            accepted_at=now,
            version=offered.version + 1,
        )
        signed = self._parts.evidence.sign(word_of(accepted, "acceptance", f"person:{by.id}"))
        accepted = replace(accepted, acceptance_evidence=signed)
        self._replace_older(db, accepted, now)
        if not self._parts.store.accept(db, accepted):
            return self._refuse(db, by, "accept", delegation_id, Refusal.OVER, place)
        self._answered(db, accepted, by, place)
        self._parts.telling.accepted(db, accepted)
        return accepted

    def decline(self, db: Db, by: Person, delegation_id: str, place: Place) -> Delegation | Refusal:
        """Turn an invitation down."""
        offered = self._parts.store.find_for_change(db, delegation_id)
        fault = self._faults.of_answer(db, by, offered, instant(self._parts.clock))
        return self._close(db, by, offered, DelegationState.DECLINED, fault, place)

    def withdraw(self, db: Db, by: Person, delegation_id: str, place: Place) -> Delegation | Refusal:
        """Take an invitation back that nobody has accepted yet; whoever manages the organisation may."""
        offered = self._parts.store.find_for_change(db, delegation_id)
        fault = None
        if offered is None or not self._is_offerer(db, by, offered):
            fault = Refusal.NOT_YOURS
        return self._close(db, by, offered, DelegationState.WITHDRAWN, fault, place)

    def _new(
        self,
        by: Person,
        offered: Held,
        to: To,
        now: datetime,
        *,
        organisation_id: str | None = None,
        person_id: str | None = None,
        parent: Delegation | None = None,
    ) -> Delegation:
        return Delegation(
            id=random_handle(),
            capacity=offered.capacity,
            organisation_id=organisation_id,
            person_id=person_id,
            agent_person_id=to.person_id,
            agent_organisation_id=to.organisation_id,
            parent_id=parent.id if parent else None,
            matters=offered.matters,
            may_delegate=offered.may_delegate,
            state=DelegationState.INVITED,
            starts_at=offered.starts_at,
            ends_at=offered.ends_at,
            invited_by=f"person:{by.id}",
            invited_at=now,
            invitee=to.mobile,
        )

    def _fault_of_invitee(self, db: Db, by: Person, organisation_id: str, to: To) -> Refusal | None:
        if _is_self(by, to) or to.organisation_id == organisation_id:
            return Refusal.ONESELF
        return self._faults.of_circle(db, organisation_id, to.organisation_id)

    def _lock_both(self, db: Db, offered: Delegation | None) -> None:
        """Two organisations that accept each other at the same moment wait for each other here."""
        if offered is not None and offered.organisation_id and offered.agent_organisation_id:
            both = [offered.organisation_id, offered.agent_organisation_id]
            self._parts.store.lock_organisations(db, both)

    def _replace_older(self, db: Db, accepted: Delegation, now: datetime) -> None:
        """The same grant, offered once more, takes the place of the one before, with all that stood on it."""
        if accepted.organisation_id is None or accepted.agent_person_id is None:
            return
        held = self._parts.store.list_standing_of_person(
            db, accepted.organisation_id, accepted.agent_person_id
        )
        older = [one for one in held if one.capacity is accepted.capacity]
        ids = [each.id for one in older for each in (one, *self._parts.store.list_below(db, one.id))]
        ended = self._parts.store.end(db, ids, now, "replaced", f"person:{accepted.agent_person_id}")
        self._parts.tell_ended(db, ended, now)

    def _is_offerer(self, db: Db, by: Person, offered: Delegation) -> bool:
        if offered.invited_by == f"person:{by.id}" or offered.person_id == by.id:
            return True
        if offered.organisation_id is None:
            return False
        now = instant(self._parts.clock)
        return self._parts.capacity_at(db, offered.organisation_id, by.id, now) in MANAGERS

    def _offer(self, db: Db, by: Person, made: Delegation, place: Place) -> Delegation:
        signed = self._parts.evidence.sign(word_of(made, "grant", f"person:{by.id}"))
        made = replace(made, grant_evidence=signed)
        self._parts.store.add(db, made)
        self._parts.telling.invited(db, made)
        event = DelegationInvited(
            actor=f"person:{by.id}",
            object=made.id,
            place=place,
            capacity=made.capacity.value,
            subject=made.subject,
            matters=len(made.matters),
            may_delegate=made.may_delegate,
        )
        self._parts.audit.append(db, event)
        return made

    def _close(
        self,
        db: Db,
        by: Person,
        offered: Delegation | None,
        to: DelegationState,
        fault: Refusal | None,
        place: Place,
    ) -> Delegation | Refusal:
        now = instant(self._parts.clock)
        actor = f"person:{by.id}"
        if offered is None or fault is not None:
            return self._refuse(
                db, by, to.value, offered.id if offered else "-", fault or Refusal.NOT_INVITED, place
            )
        if not self._parts.store.close(db, offered.id, to, now, to.value, actor):
            return self._refuse(db, by, to.value, offered.id, Refusal.OVER, place)
        closed = replace(offered, state=to, ended_at=now, ended_for=to.value, ended_by=actor, invitee=None)
        self._answered(db, closed, by, place)
        return closed

    def _answered(self, db: Db, answered: Delegation, by: Person, place: Place) -> None:
        event = DelegationAnswered(
            actor=f"person:{by.id}",
            object=answered.id,
            place=place,
            capacity=answered.capacity.value,
            subject=answered.subject,
            state=answered.state.value,
        )
        self._parts.audit.append(db, event)

    def _refuse(self, db: Db, by: Person, wanted: str, about: str, fault: Refusal, place: Place) -> Refusal:
        self._parts.audit.append(
            db,
            DelegationRefused(
                actor=f"person:{by.id}",
                object=about,
                place=place,
                outcome=Outcome.REFUSED,
                wanted=wanted,
                why=fault.value,
            ),
        )
        return fault


def _is_self(by: Person, to: To) -> bool:
    return to.person_id == by.id or (to.mobile is not None and to.mobile == by.mobile)
