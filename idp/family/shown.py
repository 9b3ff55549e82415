"""Turns grants among persons into rows: names masked, matters by name, birthdays that change something."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from idp.accounts.life.ages import OF_AGE_FROM, OWN_ACCOUNT_FROM, birthday, born_on
from idp.accounts.names import MaskedNames
from idp.accounts.store import PersonStore
from idp.clock import CHINA, Clock, today
from idp.delegations.models import DelegationState
from idp.delegations.store import STANDING, Delegation
from idp.identifiers.capacity import ALL, Capacity
from idp.identifiers.masking import mask_mobile
from idp.matters.service import Matters
from idp.storage.engine import Db

NOTICE: Final = timedelta(days=30)
"""How long before it a birthday that changes something is told (ux.md §1.4 rule 13)."""


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """One grant among persons. `who` is the other side, masked; `matters` are names, empty for all; `turning` is the age
    that a child reaches within thirty days, with the day.
    """

    id: str
    who: str
    capacity: Capacity
    matters: Sequence[str]
    starts_at: datetime
    ends_at: datetime | None
    state: str
    last_used_at: datetime | None
    turning: tuple[int, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Circle:
    """What one person has to do with others: offers that wait, those acted for, those who act, and what is over."""

    offers: Sequence[FamilyRow]
    acted_for: Sequence[FamilyRow]
    acting: Sequence[FamilyRow]
    over: Sequence[FamilyRow]


class FamilyShown:
    """Shows grants to the persons on both sides of them."""

    def __init__(self, clock: Clock, persons: PersonStore, names: MaskedNames, matters: Matters) -> None:
        self._clock = clock
        self._persons = persons
        self._names = names
        self._matters = matters

    def circle(
        self,
        db: Db,
        offers: Sequence[Delegation],
        held: Sequence[Delegation],
        given: Sequence[Delegation],
        language: str,
    ) -> Circle:
        """Rows of what waits for an answer, of what the person holds or held, and of what the person gave."""
        waiting = {one.id for one in offers}
        mine = [one for one in held if one.id not in waiting]
        standing = [one for one in mine if one.state in STANDING]
        open_given = [one for one in given if one.state in (*STANDING, DelegationState.INVITED)]
        over = [one for one in mine if one not in standing] + [one for one in given if one not in open_given]
        own = {one.id for one in given}
        return Circle(
            [self._row(db, one, one.person_id, language) for one in offers],
            [self._row(db, one, one.person_id, language) for one in standing],
            [self._row(db, one, one.agent_person_id, language) for one in open_given],
            [
                self._row(db, one, one.agent_person_id if one.id in own else one.person_id, language)
                for one in sorted(over, key=lambda one: one.starts_at, reverse=True)
            ],
        )

    def row(self, db: Db, grant: Delegation, own_id: str, language: str) -> FamilyRow:
        """One grant as the person sees it who is on one side of it."""
        other = grant.agent_person_id if grant.person_id == own_id else grant.person_id
        return self._row(db, grant, other, language)

    def _row(self, db: Db, grant: Delegation, other_id: str | None, language: str) -> FamilyRow:
        who = mask_mobile(grant.invitee) if grant.invitee else "*"
        return FamilyRow(
            grant.id,
            self._names.of(other_id) if other_id else who,
            grant.capacity,
            self._matters_of(grant.matters, language),
            grant.starts_at,
            grant.ends_at,
            grant.state.value,
            grant.last_used_at,
            self._turning(db, grant),
        )

    def _matters_of(self, codes: frozenset[str], language: str) -> list[str]:
        if ALL in codes:
            return []
        found = {matter.code: matter for matter in self._matters.list_all()}
        return [found[code].name_in(language) if code in found else code for code in sorted(codes)]

    def _turning(self, db: Db, grant: Delegation) -> tuple[int, datetime] | None:
        """The age with a meaning that the child of a guardian reaches soon."""
        if grant.capacity is not Capacity.GUARDIAN or grant.state not in STANDING or grant.person_id is None:
            return None
        child = self._persons.find(db, grant.person_id)
        born, day = born_on(child) if child else None, today(self._clock)
        if born is None:
            return None
        ages = ((age, birthday(born, age)) for age in (OWN_ACCOUNT_FROM, OF_AGE_FROM))
        soon = ((age, on) for age, on in ages if day < on <= day + NOTICE)
        return next(((age, datetime.combine(on, time(), CHINA)) for age, on in soon), None)
