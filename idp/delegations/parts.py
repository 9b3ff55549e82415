"""What the acts on delegations are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from idp.accounts.models import PersonState
from idp.audit.service import Audit
from idp.clock import Clock
from idp.delegations.evidence import Evidence, Word
from idp.delegations.rules import highest, is_usable
from idp.delegations.store import Delegation, DelegationStore, WithSubject
from idp.delegations.telling import Telling
from idp.identifiers.capacity import Capacity
from idp.organisations.rules import is_standing
from idp.storage.engine import Db


class DelegationListener(Protocol):
    """A part that issued something on the strength of a grant and must follow when it ends, in the same transaction."""

    def delegations_ended(self, db: Db, delegation_ids: Sequence[str], now: datetime) -> None:
        """These grants ended, were frozen, or give less than before."""
        ...


class Catalogue(Protocol):
    """Knows the least level of matters; implemented by `matters/service.py`."""

    def least_level(self, codes: frozenset[str]) -> int:
        """The highest of the least levels of these matters; of all where `*` is among them."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """Collaborators of every act."""

    clock: Clock
    audit: Audit
    store: DelegationStore
    evidence: Evidence
    catalogue: Catalogue
    listeners: Sequence[DelegationListener]
    telling: Telling

    def tell_ended(self, db: Db, delegation_ids: Sequence[str], now: datetime) -> None:
        """Let everybody follow who built on these grants."""
        if delegation_ids:
            for listener in self.listeners:
                listener.delegations_ended(db, delegation_ids, now)

    def usable_at(self, db: Db, organisation_id: str, person_id: str, now: datetime) -> list[Delegation]:
        """What a person may act on, now, at one organisation."""
        held = self.store.list_active_of_agent(db, person_id)
        return [
            one.delegation
            for one in held
            if one.delegation.organisation_id == organisation_id and is_usable_now(one, now)
        ]

    def capacity_at(self, db: Db, organisation_id: str, person_id: str, now: datetime) -> Capacity | None:
        """The highest capacity that a person has at an organisation, now."""
        return highest(one.capacity for one in self.usable_at(db, organisation_id, person_id, now))


def is_usable_now(one: WithSubject, now: datetime) -> bool:
    """Whether a grant may be acted on, now, the one acted for included."""
    grant = one.delegation
    return is_usable(grant.state, grant.starts_at, grant.ends_at, is_subject_standing(one), now)


def is_subject_standing(one: WithSubject) -> bool:
    """Whether the one acted for stands: an organisation that goes on, a person who is neither frozen nor gone.

    A child without an own sign-in stands as well: it is acted for because it cannot act.
    """
    if one.status is not None:
        return is_standing(one.status, one.organisation_frozen_for)
    return one.person_state in {PersonState.ACTIVE, PersonState.DEPENDENT}


def word_of(delegation: Delegation, act: str, by: str) -> Word:
    """What one side says about a grant as it stands."""
    return Word(
        delegation=delegation.id,
        act=act,
        by=by,
        subject=delegation.subject,
        agent=delegation.agent,
        capacity=delegation.capacity.value,
        matters=tuple(sorted(delegation.matters)),
        may_delegate=delegation.may_delegate,
        starts_at=int(delegation.starts_at.timestamp()),
        ends_at=int(delegation.ends_at.timestamp()) if delegation.ends_at else None,
        parent=delegation.parent_id,
    )
