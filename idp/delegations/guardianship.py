"""A guardian adds a child (C23, NAT-09): the population register vouches for the kinship, then both are bound until 18.

::

    check (asks the register, writes nothing) ──▶ Kin ──record──▶ active until the child's eighteenth birthday
        └──▶ Refusal: no minor, no kin, or `review`: no answer that counts, so the papers are looked at over the counter

A child below fourteen gets a row without a sign-in of its own; an older one must have registered by itself.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from crypto.tokens import random_handle
from idp.accounts.models import PersonState
from idp.accounts.store import Person, PersonStore
from idp.audit.event import Place
from idp.clock import CHINA, instant, today
from idp.delegations.faults import level_now
from idp.delegations.founding import Founding
from idp.delegations.parts import Parts
from idp.delegations.rules import Refusal
from idp.delegations.store import Delegation
from idp.identifiers.capacity import Capacity
from idp.identifiers.id_number import IdNumber
from idp.proofing.port import Claimed, Matched, Source, SourceDown
from idp.storage.engine import Db

OF_AGE: Final = 18
"""Civil Code of the PRC, article 17."""
OWN_CONSENT: Final = 14
"""PIPL article 31: below it the guardian consents."""
GUARDIANS: Final = 4
"""Guardians of one child at the same time."""
LEVEL: Final = 2
"""What a guardian's own identity must reach."""
GUARDIAN_NUMBER: Final = "guardian_number"
GUARDIAN_NAME: Final = "guardian_name"
"""What the source of kinship is told beside the child."""


@dataclass(frozen=True, slots=True, repr=False)
class Kin:
    """A child whose kinship with this guardian the register confirmed."""

    guardian_id: str
    number: IdNumber
    name: str
    source: str

    def __repr__(self) -> str:
        return f"Kin({self.guardian_id})"


class Guardianship:
    """Checks and records guardians; `register` is None where no source of kinship is connected."""

    def __init__(
        self, parts: Parts, founding: Founding, persons: PersonStore, register: Source | None
    ) -> None:
        self._parts = parts
        self._founding = founding
        self._persons = persons
        self._register = register

    def check(self, guardian: Person, number: IdNumber, name: str) -> Kin | Refusal:
        """Ask the register whether this is the guardian's child. Stands outside any transaction: the register may be slow."""
        fault = self._fault_of_asking(guardian, number)
        if fault is not None:
            return fault
        proof = {GUARDIAN_NUMBER: guardian.id_number, GUARDIAN_NAME: guardian.name}
        claimed = Claimed(number.kind.value, number.value, name, proof=proof)
        verdict = self._register.check(claimed) if self._register is not None else None
        if verdict is None or isinstance(verdict, SourceDown):
            return Refusal.REVIEW
        if not isinstance(verdict, Matched) or verdict.is_deceased:
            return Refusal.NO_KIN
        return Kin(guardian.id, number, name, verdict.source)

    def record(self, db: Db, kin: Kin, place: Place) -> Delegation | Refusal:
        """Bind guardian and child. Raises Conflict (at the transaction's door) when two added the same child at once."""
        now = instant(self._parts.clock)
        known = self._persons.find_by_document(db, kin.number.kind.value, kin.number.value)
        child = self._persons.find_for_change(db, known.id) if known else self._added(db, kin, now)
        if child is None:
            return Refusal.NOT_REGISTERED
        if child.state not in {PersonState.ACTIVE, PersonState.DEPENDENT}:
            return Refusal.NOT_USABLE
        standing = [
            one
            for one in self._parts.store.list_open_touching(db, child.id)
            if one.person_id == child.id and one.capacity is Capacity.GUARDIAN
        ]
        if any(one.agent_person_id == kin.guardian_id for one in standing):
            return Refusal.ALREADY
        if len(standing) >= GUARDIANS:
            return Refusal.TOO_MANY
        until = datetime.combine(comes_of_age(kin.number.birth_date), time(), CHINA)
        return self._founding.guardian(db, child.id, kin.guardian_id, until, kin.source, place)

    def _fault_of_asking(self, guardian: Person, number: IdNumber) -> Refusal | None:
        """Why the register is not even asked."""
        if today(self._parts.clock) >= comes_of_age(number.birth_date):
            return Refusal.NO_MINOR
        if number.value == guardian.id_number:
            return Refusal.ONESELF
        is_known = level_now(guardian, instant(self._parts.clock)) >= LEVEL
        return None if is_known else Refusal.LEVEL

    def _added(self, db: Db, kin: Kin, now: datetime) -> Person | None:
        """The row of a child below fourteen; None for an older one, who registers by itself."""
        if today(self._parts.clock) >= birthday(kin.number.birth_date, OWN_CONSENT):
            return None
        child = Person(
            id=random_handle(),
            id_kind=kin.number.kind.value,
            id_number=kin.number.value,
            name=kin.name,
            mobile=None,
            level=1,
            state=PersonState.DEPENDENT,
            created_at=now,
            updated_at=now,
        )
        self._persons.add(db, [child])
        return child


def comes_of_age(born: date) -> date:
    """The day on which somebody is eighteen."""
    return birthday(born, OF_AGE)


def birthday(born: date, years: int) -> date:
    """The day on which somebody completes these years; who was born on 29 February does so on 1 March in other years."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)
