"""Converting a file of old records: each is placed by its codes, by the register's word, or left for a person to decide."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from crypto.tokens import random_token
from idp.audit.service import Audit
from idp.clock import Clock, instant, today
from idp.conversion.asking import Asking, Told
from idp.conversion.attaching import Attaching, Attachment, Standing, fresh_codes, is_second
from idp.conversion.converting_file import VOCABULARY, read_record
from idp.conversion.deciding import Decision, Known, OldRecord, candidates, decide
from idp.conversion.events import ConversionRun
from idp.conversion.models import ConversionState, ItemState
from idp.conversion.store import ConversionStore, Finding, Waiting
from idp.importing.port import Entry, ImportRun, Outcome
from idp.importing.problems import Problem, Vocabulary
from idp.importing.report import ImportReport
from idp.importing.table_file import Row, TableFile
from idp.organisations.codes import TypedCode
from idp.organisations.service import Organisations
from idp.organisations.store import OrganisationStore
from idp.storage.engine import Db

REGISTER: Final = "register"
ASKED_AT_ONCE: Final = 8
"""Questions to the register under way at a time."""
FOUND: Final = frozenset({ConversionState.MATCHED_BY_CODE, ConversionState.MATCHED_BY_REGISTER})
FOUND_LATER: Final = "found by a later run"
DISMISSED: Final = "dismissed"
TO_ASK: Final = "to_ask"


@dataclass(frozen=True, slots=True, repr=False)
class Placed:
    """A record on its way: what the directory says of it (None: the register is to say), its item if it has one, the
    codes that are written of its organisation and those that are told as new, candidates for who decides.
    """

    record: OldRecord
    file_digest: str
    decision: Decision | None = None
    item: Waiting | None = None
    fresh: tuple[TypedCode, ...] = ()
    told: tuple[TypedCode, ...] = ()
    candidates: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Placed(…)"


@dataclass(frozen=True, slots=True, repr=False)
class Prepared:
    """A placed record with the register's word where that was asked for."""

    row: Row
    placed: Placed
    told: Told | None

    def __repr__(self) -> str:
        return "Prepared(…)"


class Conversion:
    """What the engine of imports needs to know of old records.

    One organisation has one code of a kind: a second one that a file gives it is a duplicate, whatever run brought the first.
    """

    kind: str = "conversion"
    is_ordered: bool = True
    vocabulary: Vocabulary = VOCABULARY

    def __init__(
        self,
        clock: Clock,
        audit: Audit,
        store: ConversionStore,
        organisations: Organisations,
        organisation_store: OrganisationStore,
        asking: Asking,
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._store = store
        self._organisations = organisations
        self._organisation_store = organisation_store
        self._asking = asking
        self._attaching = Attaching(clock, organisation_store)

    def read(self, file: TableFile, row: Row) -> Entry[Placed] | list[Problem]:
        """What a row says. Rows may repeat one another: what the first was given, the second has."""
        record = read_record(file, row, today(self._clock))
        return record if isinstance(record, list) else Entry(row, Placed(record, file.digest))

    def sift(self, db: Db, entries: Sequence[Entry[Placed]], outcome: Outcome) -> list[Entry[Placed]]:
        """Those of which something is to be written or asked, in six queries however many they are."""
        records = [entry.value.record for entry in entries]
        directory = self._store.directory(db, records)
        waiting = self._store.list_waiting(db, [record.text for record in records])
        standing = self._store.list_standing(db, directory.ids())
        kept = []
        for entry in entries:
            record = entry.value.record
            decision = decide(record, directory)
            others = tuple(one.uscc for one in candidates(record, directory)) if decision is None else ()
            placed = Placed(
                record, entry.value.file_digest, decision, waiting.get(record.text), candidates=others
            )
            placed = self._fresh(placed, standing)
            directory.learn(placed.decision, placed.fresh)
            if _changes_nothing(placed):
                outcome.unchanged += 1
                outcome.tally[_name(placed)] += 1
            else:
                kept.append(replace(entry, value=placed))
        return kept

    def foresee(self, entries: Sequence[Entry[Placed]], outcome: Outcome) -> None:
        """What the directory alone says of them; the register is not asked."""
        for entry in entries:
            decision = entry.value.decision
            if decision is None:
                outcome.tally[TO_ASK] += 1
            elif decision.state in FOUND:
                outcome.added += 1
                outcome.tally[decision.state.value] += 1
            else:
                _refuse(outcome, entry.row, decision)

    def prepare(self, entries: Sequence[Entry[Placed]], now: datetime) -> list[Prepared]:
        """Ask the register about those that the directory does not know, some at a time."""
        asked = [entry.value.record for entry in entries if entry.value.decision is None]
        with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
            answers = iter(list(pool.map(self._asking.ask, asked)))
        return [
            Prepared(entry.row, entry.value, next(answers) if entry.value.decision is None else None)
            for entry in entries
        ]

    def write(self, db: Db, prepared: Sequence[Prepared], run: ImportRun, outcome: Outcome) -> None:
        """Give codes to those that were found, in bulk, and put the others into the queue."""
        attachments: list[Attachment] = []
        items: dict[str, dict[str, Any]] = {}
        for each in prepared:
            placed = each.placed if each.placed.decision is not None else self._register_says(db, each, run)
            decision = placed.decision
            if decision is not None and decision.organisation is not None:
                attachments += self._attached(placed, decision.organisation, decision.state, run)
                outcome.added += bool(placed.told)
                outcome.unchanged += not placed.told
                outcome.tally[decision.state.value] += 1
                self._settle(db, placed, decision.organisation, run)
            elif decision is not None:
                self._queue(db, each.row, placed, decision, items)
                _refuse(outcome, each.row, decision)
        identifiers = [row for one in attachments for row in one.identifiers]
        self._organisation_store.add_rows(db, [], identifiers, [one.change for one in attachments])
        self._store.add(db, list(items.values()))
        if attachments:
            self._audit.append(db, *(one.event for one in attachments))

    def ended(self, run: ImportRun, report: ImportReport) -> ConversionRun:
        """ConversionRun with the counts of the whole file."""
        return ConversionRun(
            actor=run.actor,
            object=f"import:{random_token(9)}",
            place=run.place,
            attached=report.added,
            unchanged=report.unchanged,
            left=report.refused,
        )

    def _fresh(self, placed: Placed, standing: dict[str, Standing]) -> Placed:
        """The record with the codes that its organisation is to get; a second one of a kind makes it a duplicate."""
        decision = placed.decision
        if decision is None or decision.organisation is None:
            return placed
        to = decision.organisation
        mine = standing.setdefault(to.id, {})
        fresh = fresh_codes(placed.record, mine, self._store.key_of)
        if is_second(fresh, mine):
            duplicate = Decision(ConversionState.DUPLICATE, why="second_code", candidates=(to.uscc,))
            return replace(placed, decision=duplicate)
        for code in fresh:
            if code.kind is not None:
                # A later row of the batch finds what this one is given.
                mine.setdefault(code.kind, {})[self._store.key_of(code)] = True
        return replace(placed, fresh=tuple(fresh), told=tuple(fresh))

    def _register_says(self, db: Db, each: Prepared, run: ImportRun) -> Placed:
        """The record with the register's organisation, which is brought up to the register's word first."""
        placed, answer = each.placed, each.told
        if answer is None or answer.facts is None:
            why, found = (answer.why, answer.candidates) if answer else ("unknown", ())
            state = ConversionState.AMBIGUOUS if len(found) > 1 else ConversionState.MANUAL
            return replace(placed, decision=Decision(state, why=why, candidates=found or placed.candidates))
        before = self._organisations.find_by_uscc(db, answer.facts.uscc)
        had = self._store.list_standing(db, [before.id]).get(before.id, {}) if before is not None else {}
        told = fresh_codes(placed.record, had, self._store.key_of)
        one = self._organisations.apply(db, answer.facts, REGISTER, run.actor, run.place)
        known = Known(one.id, one.uscc, one.name, one.status)
        found_so = replace(placed, decision=Decision(ConversionState.MATCHED_BY_REGISTER, known))
        # The register's own word has brought some of the codes; the others are given now, and all of them are told.
        return replace(self._fresh(found_so, self._store.list_standing(db, [one.id])), told=tuple(told))

    def _attached(
        self, placed: Placed, to: Known, state: ConversionState, run: ImportRun
    ) -> list[Attachment]:
        if not placed.told:
            return []
        return [self._attaching.attachment(to, placed.fresh, placed.told, state, run.actor, run.place)]

    def _settle(self, db: Db, placed: Placed, to: Known, run: ImportRun) -> None:
        if placed.item is not None and placed.item.state is ItemState.OPEN:
            now = instant(self._clock)
            self._store.decide(db, placed.item.id, to.uscc, run.actor, FOUND_LATER, now)

    def _queue(
        self, db: Db, row: Row, placed: Placed, decision: Decision, items: dict[str, dict[str, Any]]
    ) -> None:
        """The record waits: in the item that it has, or in a new one among `items`."""
        finding = Finding(placed.file_digest, row.line, decision.state, decision.why, decision.candidates)
        if placed.item is not None:
            if placed.item.state is not ItemState.OPEN or placed.item.finding != finding:
                self._store.found_again(db, placed.item.id, finding)
        elif placed.record.text not in items:
            items[placed.record.text] = self._store.item_row(placed.record, finding, instant(self._clock))


def _name(placed: Placed) -> str:
    if placed.item is not None and placed.item.state is ItemState.DISMISSED:
        return DISMISSED
    return placed.decision.state.value if placed.decision is not None else TO_ASK


def _changes_nothing(placed: Placed) -> bool:
    """Whether a record is where it belongs already, or an officer said that it belongs nowhere."""
    if placed.item is not None and placed.item.state is ItemState.DISMISSED:
        return True
    is_found = placed.decision is not None and placed.decision.state in FOUND
    return is_found and not placed.fresh and (placed.item is None or placed.item.state is not ItemState.OPEN)


def _refuse(outcome: Outcome, row: Row, decision: Decision) -> None:
    outcome.tally[decision.state.value] += 1
    outcome.refuse(row, Problem("row", decision.state.value))
