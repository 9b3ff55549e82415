"""Claims of organisations by their legal representatives, on the word of the legal-person register (ORG-01, ORG-10).

::

    typed code ──look_up──▶ unified code ──ask (register, no transaction)──▶ Found ──settle (one transaction)──▶ Claimed
                    └──▶ Refusal                     └──▶ Refusal                    └──▶ Refusal
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crypto.tokens import random_handle
from idp.accounts.store import Person
from idp.audit.event import Outcome, Place
from idp.audit.service import Audit
from idp.claiming import store
from idp.claiming.store import Claim
from idp.clock import Clock, instant, today
from idp.delegations.changing import HANDOVER
from idp.delegations.faults import level_now
from idp.delegations.models import DelegationState
from idp.delegations.service import Delegations
from idp.identifiers.capacity import Capacity
from idp.limits.counter import Limits
from idp.organisations.codes import TypedCode, readings
from idp.organisations.events import OrganisationClaimed
from idp.organisations.models import ClaimState, IdentifierKind
from idp.organisations.port import Register, RegisterDown, RegisterFacts, RepresentativeVerdict
from idp.organisations.rules import ACTIVE
from idp.organisations.service import Organisations
from idp.organisations.store import Organisation
from idp.storage.engine import Db, Sql

LEVEL: Final = 2
METHOD: Final = "register"
SOURCE: Final = "register"
DECIDED_BY: Final = "register:legal_persons"


class Refusal(StrEnum):
    """Why a claim is not followed; each has words on the page."""

    NOT_FOUND = "not_found"
    SEVERAL = "several"
    DOWN = "down"
    MISMATCH = "mismatch"
    ENDED = "ended"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Code:
    """The unified code behind what was typed. `name` is given where it came from an older code of this kind."""

    uscc: str
    old_kind: IdentifierKind | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """What the register says of an organisation that the person represents."""

    facts: RegisterFacts
    reference: str

    def __repr__(self) -> str:
        return f"Found({self.facts.uscc})"


@dataclass(frozen=True, slots=True)
class Claimed:
    """The person represents the organisation. `rests`: grants of a representative before wait for a decision."""

    organisation: Organisation
    rests: bool


class Claiming:
    """All acts on claims."""

    def __init__(
        self,
        sql: Sql,
        clock: Clock,
        audit: Audit,
        limits: Limits,
        organisations: Organisations,
        delegations: Delegations,
        register: Register | None,
    ) -> None:
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._limits = limits
        self._organisations = organisations
        self._delegations = delegations
        self._register = register

    def may_claim(self, person: Person) -> bool:
        """Whether the person is known well enough, now."""
        return level_now(person, instant(self._clock)) >= LEVEL

    def look_up(self, person: Person, text: str) -> Code | Refusal:
        """The unified code that was typed or stands behind an older one, here or at the register.

        Raises IdentifierRejected for no code, TooMany after twenty questions in an hour. Asks outside any transaction.
        """
        read = readings(text, today(self._clock))
        if read[0].kind is None:
            return Code(read[0].value)
        self._limits.charge("claim_person", person.id)
        with self._sql.once() as db:
            here = self._organisations.resolve(db, text)
        if here is not None:
            return Code(here.organisation.uscc, here.old_kind, here.organisation.name)
        return self._behind(read)

    def ask(self, person: Person, uscc: str, place: Place) -> Found | Refusal:
        """Ask the register whether this person represents that organisation; what is refused is noted.

        Raises TooMany after twenty questions in an hour. Asks outside any transaction.
        """
        self._limits.charge("claim_person", person.id)
        found = self._asked(person, uscc)
        if isinstance(found, Refusal):
            self._note_refused(person, uscc, found, place)
        return found

    def settle(self, db: Db, person: Person, found: Found, place: Place) -> Claimed | Refusal:
        """Bring the organisation up to what the register says and make the person its representative.

        Said twice it does nothing more. Raises Conflict when somebody else brought the organisation at the same moment.
        """
        actor = f"person:{person.id}"
        known = self._organisations.find_by_uscc(db, found.facts.uscc)
        if known is None and found.facts.status not in ACTIVE:
            return Refusal.ENDED
        made = self._organisations.apply(db, found.facts, SOURCE, actor, place)
        if made.status not in ACTIVE:
            return Refusal.ENDED
        if made.frozen_for is not None:
            return Refusal.HELD
        grants = self._delegations.parts.store.list_of_organisation(
            db, made.id, (DelegationState.ACTIVE, DelegationState.FROZEN), limit=None
        )
        has_it = any(
            one.capacity is Capacity.LEGAL_REPRESENTATIVE and one.agent_person_id == person.id
            for one in grants
        )
        self._delegations.founding.representative(db, made.id, person.id, SOURCE, place)
        if not has_it:
            self._claimed(db, person, made, found.reference, place)
        rests = self._delegations.parts.store.list_of_organisation(db, made.id, (DelegationState.FROZEN,))
        return Claimed(made, any(one.frozen_for == HANDOVER for one in rests))

    def _behind(self, read: list[TypedCode]) -> Code | Refusal:
        """What the register says of older codes."""
        found: dict[str, Code] = {}
        for code in read:
            if self._register is None or code.kind is None:
                return Refusal.DOWN
            answer = self._register.find_by_identifier(code.kind, code.value)
            if isinstance(answer, RegisterDown):
                return Refusal.DOWN
            found |= {one.uscc: Code(one.uscc, code.kind, one.name) for one in answer}
        if len(found) > 1:
            return Refusal.SEVERAL
        return next(iter(found.values()), Refusal.NOT_FOUND)

    def _asked(self, person: Person, uscc: str) -> Found | Refusal:
        if self._register is None:
            return Refusal.DOWN
        verdict = self._register.check_representative(uscc, person.name, person.id_kind, person.id_number)
        if isinstance(verdict, RegisterDown):
            return Refusal.DOWN
        if not verdict.is_known:
            return Refusal.NOT_FOUND
        if not verdict.is_match:
            return Refusal.MISMATCH
        return self._described(self._register, person, uscc, verdict)

    def _described(
        self, register: Register, person: Person, uscc: str, verdict: RepresentativeVerdict
    ) -> Found | Refusal:
        facts = register.find(uscc)
        if isinstance(facts, RegisterDown):
            return Refusal.DOWN
        if facts is None or facts.uscc != uscc:
            return Refusal.NOT_FOUND
        # Both answers have to name the same person: between them the register may have changed.
        said = (facts.representative_kind, facts.representative_number.upper())
        if said != (person.id_kind, person.id_number):
            return Refusal.MISMATCH
        return Found(facts, verdict.reference)

    def _claimed(self, db: Db, person: Person, made: Organisation, reference: str, place: Place) -> None:
        claim = Claim(
            id=random_handle(),
            organisation_id=made.id,
            person_id=person.id,
            method=METHOD,
            state=ClaimState.APPROVED,
            reference=reference,
            decided_by=DECIDED_BY,
            at=instant(self._clock),
        )
        store.add(db, claim)
        event = OrganisationClaimed(
            actor=f"person:{person.id}",
            object=claim.id,
            place=place,
            organisation=made.id,
            method=METHOD,
            state=claim.state.value,
            why=None,
        )
        self._audit.append(db, event)

    def _note_refused(self, person: Person, uscc: str, why: Refusal, place: Place) -> None:
        self._audit.note(
            OrganisationClaimed(
                actor=f"person:{person.id}",
                object="claim",
                place=place,
                outcome=Outcome.REFUSED,
                organisation=uscc,
                method=METHOD,
                state=ClaimState.REFUSED.value,
                why=why.value,
            )
        )
