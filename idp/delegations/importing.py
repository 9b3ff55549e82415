"""Importing who acts for whom: a grant stands only where the file names the word of both sides, else it is an offer.

Every grant stands under the legal representative that the register names, and gives no more than the rules allow.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from crypto.sm import sm3
from crypto.tokens import random_handle, random_token
from idp.accounts.store import Person, PersonStore, is_usable
from idp.clock import instant
from idp.delegations.events import DelegationInvited, DelegationsImported
from idp.delegations.faults import Faults, level_now
from idp.delegations.founding import Founding
from idp.delegations.importing_file import VOCABULARY, ReadDelegation, read_delegation
from idp.delegations.models import DelegationState
from idp.delegations.parts import Parts, word_of
from idp.delegations.rules import ADMINISTRATORS, LEAST_LEVEL, Held, Refusal, grant_fault
from idp.delegations.store import OPEN, STANDING, Delegation
from idp.identifiers.capacity import ALL, Capacity
from idp.identifiers.person_name import PersonName
from idp.importing.port import Entry, ImportRun, Outcome
from idp.importing.problems import Problem, Vocabulary
from idp.importing.report import ImportReport
from idp.importing.table_file import Row, TableFile
from idp.organisations.rules import is_usable as is_organisation_usable
from idp.organisations.store import Organisation, OrganisationStore
from idp.storage.engine import Db

SOURCE = "import"


@dataclass(frozen=True, slots=True)
class Known:
    """A row with the organisation and the person that it names."""

    read: ReadDelegation
    row: Row
    organisation: Organisation | None = None
    agent: Person | None = None
    administrators: int = 0


class DelegationImport:
    """What the engine of imports needs to know of delegations."""

    kind: str = "delegation"
    is_ordered: bool = True
    vocabulary: Vocabulary = VOCABULARY

    def __init__(
        self,
        parts: Parts,
        founding: Founding,
        organisations: OrganisationStore,
        persons: PersonStore,
        codes: frozenset[str],
    ) -> None:
        """`codes` are the matters that there are."""
        self._parts = parts
        self._founding = founding
        self._organisations = organisations
        self._persons = persons
        self._codes = codes
        self._faults = Faults(parts)
        self._foreseen: Counter[str] = Counter()
        self._roots: set[str] = set()

    def read(self, file: TableFile, row: Row) -> Entry[Known] | list[Problem]:
        """What a row says; organisation, person and capacity stand once in a file."""
        read = read_delegation(file, row, instant(self._parts.clock))
        if isinstance(read, list):
            return read
        said = f"{read.uscc}|{read.offered.capacity}|{read.agent_kind}|{read.agent_number}"
        # Keyed as all digests of numbers are: the plain one of a number could be guessed.
        digest = sm3.digest(self._persons.document_digest(read.agent_kind, read.agent_number) + said.encode())
        return Entry(row, Known(read, row), (("agent_number", digest),))

    def sift(self, db: Db, entries: Sequence[Entry[Known]], outcome: Outcome) -> list[Entry[Known]]:
        """Those that are not there yet and that the rules allow as things stand."""
        kept = []
        now = instant(self._parts.clock)
        known = self._organisations.list_by_usccs(db, sorted({entry.value.read.uscc for entry in entries}))
        for entry in entries:
            found = self._known(db, entry.value, known.get(entry.value.read.uscc))
            problem = found if isinstance(found, Problem) else self._problem(db, found, now)
            if problem is not None:
                outcome.refuse(entry.row, problem)
            elif not isinstance(found, Problem) and self._is_there(db, found):
                outcome.unchanged += 1
            elif not isinstance(found, Problem):
                kept.append(replace(entry, value=found))
                if found.organisation and found.read.offered.capacity is Capacity.LEGAL_REPRESENTATIVE:
                    self._roots.add(found.organisation.id)
        return kept

    def foresee(self, entries: Sequence[Entry[Known]], outcome: Outcome) -> None:
        """They would be added, but for administrators beyond the fifth."""
        for entry in entries:
            if entry.value.read.offered.capacity is Capacity.ADMINISTRATOR:
                self._foreseen[entry.value.read.uscc] += 1
                if entry.value.administrators + self._foreseen[entry.value.read.uscc] > ADMINISTRATORS:
                    outcome.refuse(entry.row, _refused("capacity", Refusal.TOO_MANY))
                    continue
            outcome.added += 1

    def prepare(self, entries: Sequence[Entry[Known]], now: datetime) -> list[Known]:
        """Nothing is slow here but the signatures, which hold the instant of the writing."""
        return [entry.value for entry in entries]

    def write(self, db: Db, prepared: Sequence[Known], run: ImportRun, outcome: Outcome) -> None:
        """Write them in the order of the file, each asked again under the lock of its organisation."""
        for one in prepared:
            refused = self._put(db, one, run)
            if refused is not None:
                outcome.refuse(one.row, refused)
            else:
                outcome.added += 1

    def ended(self, run: ImportRun, report: ImportReport) -> DelegationsImported:
        """DelegationsImported with the counts of the whole file."""
        return DelegationsImported(
            actor=run.actor,
            object=f"import:{random_token(9)}",
            place=run.place,
            added=report.added,
            refused=report.refused,
        )

    def _known(self, db: Db, one: Known, organisation: Organisation | None) -> Known | Problem:
        """The row with those it names, or which of them is not there."""
        read = one.read
        if organisation is None or not is_organisation_usable(organisation):
            return Problem("uscc", "delegation.no_organisation")
        agent = self._persons.find_by_document(db, read.agent_kind, read.agent_number)
        if (
            agent is None
            or not is_usable(agent)
            or PersonName(agent.name).comparison != read.agent_name.comparison
        ):
            return Problem("agent_number", "delegation.no_person")
        standing = self._parts.store.count_standing(
            db, Capacity.ADMINISTRATOR, organisation_id=organisation.id, person_id=None
        )
        return replace(one, organisation=organisation, agent=agent, administrators=standing)

    def _problem(self, db: Db, one: Known, now: datetime) -> Problem | None:
        """Why a row cannot stand as things are, roots of earlier rows included."""
        if one.organisation is None or one.agent is None:
            return Problem("uscc", "delegation.no_organisation")
        offered, named = one.read.offered, one.organisation
        if offered.capacity is Capacity.LEGAL_REPRESENTATIVE:
            represents = (named.representative_kind, named.representative_number)
            is_theirs = represents == (one.read.agent_kind, one.read.agent_number)
            return None if is_theirs else Problem("agent_number", "delegation.not_representative")
        if not offered.matters <= self._codes | {ALL}:
            return Problem("matters", "delegation.no_matter")
        return self._problem_of_grant(db, one.agent, named, offered, now)

    def _problem_of_grant(
        self, db: Db, agent: Person, named: Organisation, offered: Held, now: datetime
    ) -> Problem | None:
        if level_now(agent, now) < max(LEAST_LEVEL, self._parts.catalogue.least_level(offered.matters)):
            return _refused("agent_number", Refusal.LEVEL)
        root = self._root(db, named.id)
        if root is None:
            return None if named.id in self._roots else _refused("uscc", Refusal.NOT_USABLE)
        if root.agent_person_id == agent.id:
            return _refused("agent_number", Refusal.ONESELF)
        fault = grant_fault(root.held, 1, offered, now)
        return _refused("capacity" if fault is Refusal.MAY_NOT_DELEGATE else "row", fault) if fault else None

    def _is_there(self, db: Db, one: Known) -> bool:
        """Whether the same stands or is offered already."""
        return (before := self._before(db, one)) is not None and _is_same(before, one)

    def _before(self, db: Db, one: Known) -> Delegation | None:
        """What this person has or is offered in this capacity at this organisation."""
        if one.organisation is None or one.agent is None:
            return None
        for grant in self._parts.store.list_open_touching(db, one.agent.id):
            is_here = grant.organisation_id == one.organisation.id and grant.agent_person_id == one.agent.id
            if is_here and grant.capacity is one.read.offered.capacity and grant.state in OPEN:
                return grant
        return None

    def _root(self, db: Db, organisation_id: str) -> Delegation | None:
        """The grant of the legal representative, if it stands."""
        standing = self._parts.store.list_of_organisation(db, organisation_id, STANDING, limit=None)
        roots = (one for one in standing if one.capacity is Capacity.LEGAL_REPRESENTATIVE)
        return next((one for one in roots if one.state is DelegationState.ACTIVE), None)

    def _put(self, db: Db, one: Known, run: ImportRun) -> Problem | None:
        """Write one row, or why it is not written."""
        now = instant(self._parts.clock)
        if one.organisation is None or one.agent is None:
            return Problem("uscc", "delegation.no_organisation")
        self._parts.store.lock_organisations(db, [one.organisation.id])
        if one.read.offered.capacity is Capacity.LEGAL_REPRESENTATIVE:
            self._founding.representative(db, one.organisation.id, one.agent.id, SOURCE, run.place)
            return None
        root = self._root(db, one.organisation.id)
        if root is None:
            return _refused("uscc", Refusal.NOT_USABLE)
        made = self._made(one, root, run, now)
        problem = self._problem(db, one, now)
        if problem is None and self._before(db, one) is not None:
            problem = _refused("row", Refusal.ALREADY)
        if problem is None and (fault := self._faults.of_number(db, made)):
            problem = _refused("capacity", fault)
        if problem is None:
            self._add(db, made, one, run)
        return problem

    def _made(self, one: Known, root: Delegation, run: ImportRun, now: datetime) -> Delegation:
        offered = one.read.offered
        is_accepted = bool(one.read.acceptance)
        return Delegation(
            id=random_handle(),
            capacity=offered.capacity,
            organisation_id=root.organisation_id,
            person_id=None,
            agent_person_id=one.agent.id if one.agent else None,
            agent_organisation_id=None,
            parent_id=root.id,
            matters=offered.matters,
            may_delegate=offered.may_delegate,
            state=DelegationState.ACTIVE if is_accepted else DelegationState.INVITED,
            starts_at=offered.starts_at,
            ends_at=offered.ends_at,
            invited_by=run.actor,
            invited_at=now,
            accepted_at=now if is_accepted else None,
        )

    def _add(self, db: Db, made: Delegation, one: Known, run: ImportRun) -> None:
        """Add a grant with the word of each side that the file names, signed here as what the file says."""
        sign = self._parts.evidence.sign
        signed = replace(made, grant_evidence=sign(word_of(made, "grant", f"import:{one.read.grant}")))
        if made.state is DelegationState.ACTIVE:
            word = word_of(made, "acceptance", f"import:{one.read.acceptance}")
            signed = replace(signed, acceptance_evidence=sign(word))
        self._parts.store.add(db, signed)
        event = DelegationInvited(
            actor=run.actor,
            object=made.id,
            place=run.place,
            capacity=made.capacity.value,
            subject=made.subject,
            matters=len(made.matters),
            may_delegate=made.may_delegate,
        )
        self._parts.audit.append(db, event)


def _refused(field: str, refusal: Refusal) -> Problem:
    code = f"delegation.refused.{refusal.value}"
    return Problem(field, code if code in VOCABULARY.problems else "object.conflict")


def _is_same(before: Delegation, one: Known) -> bool:
    """Whether what stands is what the row says; a beginning that the row leaves open is any."""
    offered = one.read.offered
    return (before.matters, before.ends_at, before.may_delegate) == (
        offered.matters,
        offered.ends_at,
        offered.may_delegate,
    )
