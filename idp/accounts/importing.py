"""Importing a file of persons: checked row by row, written in whole batches, idempotent.

A row is added, unchanged (the same number is there with the same name and mobile number) or refused; a refused row
never stops the rest. A batch that loses a race is done again row by row. A dry run does all of it but the writing.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final, Protocol

from crypto.tokens import random_token
from idp.accounts.events import PersonAdded, PersonsImported
from idp.accounts.import_file import PersonFile
from idp.accounts.import_report import BadRows, ImportReport
from idp.accounts.new_person import ValidPerson, validate
from idp.accounts.persons import person_row
from idp.accounts.problems import Problem
from idp.accounts.store import Person, PersonStore
from idp.audit.event import Place
from idp.audit.service import Audit
from idp.clock import Clock, instant, today
from idp.errors import Conflict
from idp.identifiers.person_name import PersonName
from idp.importing.table_file import Row
from idp.storage.engine import Db, Sql

BATCH: Final = 1_000
"""Rows of one transaction."""
HASHING_THREADS: Final = 2


class FirstPasswords(Protocol):
    """Hashes first passwords outside the transaction and keeps the hashes inside it."""

    def hash(self, password: str) -> str:
        """The text to keep; slow, from any thread."""
        ...

    def add(self, db: Db, hashes: Sequence[tuple[str, str]], now: datetime) -> None:
        """Keep the hash of each (person id, hash)."""
        ...


@dataclass(frozen=True, slots=True)
class ImportRun:
    """One run over one file: who runs it from where, whether it writes, and how it hears and tells of its way.

    `is_stopped` is asked after every batch; `tell` gets the line that was reached.
    """

    actor: str
    place: Place
    is_dry: bool
    is_stopped: Callable[[], bool]
    tell: Callable[[int], None]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A row whose fields hold, with the digests by which it is looked up."""

    row: Row
    valid: ValidPerson
    number: bytes
    mobile: bytes | None


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is written for a candidate; `password` is hashed already."""

    candidate: _Candidate
    person: Person
    password: str | None


@dataclass(slots=True)
class _Outcome:
    """What became of the rows of one batch; it counts only once the batch stands."""

    added: int = 0
    unchanged: int = 0
    refused: list[tuple[Row, list[Problem]]] = field(default_factory=list)


class Importer:
    """Imports files of persons."""

    def __init__(
        self, sql: Sql, clock: Clock, audit: Audit, store: PersonStore, passwords: FirstPasswords
    ) -> None:
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._store = store
        self._passwords = passwords

    def run(self, file: PersonFile, run: ImportRun, report: ImportReport, bad: BadRows) -> None:
        """Import every row of `file`; `report` grows with every batch that stands.

        Each person added leaves PersonAdded in the batch's transaction, each run that writes PersonsImported at its
        end. Raises Unavailable when the database goes away: the batches before it stand.
        """
        first_lines: dict[bytes, int] = {}
        while rows := list(islice(file.rows, BATCH)):
            outcome = _Outcome()
            candidates = self._candidates(file, rows, first_lines, outcome)
            fresh = self._not_there_yet(candidates, outcome)
            if run.is_dry:
                outcome.added += len(fresh)
            elif fresh:
                self._write(fresh, run, outcome)
            _count(outcome, report, bad)
            report.last_line = rows[-1].line
            run.tell(report.last_line)
            if run.is_stopped():
                report.is_stopped = True
                break
        if not run.is_dry:
            self._audit.note(_imported(run, report))

    def _candidates(
        self, file: PersonFile, rows: list[Row], first_lines: dict[bytes, int], outcome: _Outcome
    ) -> list[_Candidate]:
        """The rows that hold by themselves and repeat no earlier row of the file."""
        day = today(self._clock)
        candidates = []
        for row in rows:
            new = file.person(row)
            valid = new if isinstance(new, list) else validate(new, day)
            if isinstance(valid, list):
                outcome.refused.append((row, valid))
                continue
            number = self._store.document_digest(valid.id_kind, valid.id_number)
            mobile = self._store.mobile_digest(valid.mobile) if valid.mobile else None
            candidate = _Candidate(row, valid, number, mobile)
            if repeated := _repeated(candidate, first_lines):
                outcome.refused.append((row, [repeated]))
            else:
                candidates.append(candidate)
        return candidates

    def _not_there_yet(self, candidates: list[_Candidate], outcome: _Outcome) -> list[_Candidate]:
        """The candidates whose numbers nobody has; the others are counted or refused."""
        if not candidates:
            return []
        with self._sql.once() as db:
            mobiles = [each.mobile for each in candidates if each.mobile]
            taken = self._store.taken_digests(db, [each.number for each in candidates], mobiles)
            return [each for each in candidates if self._is_free(db, each, taken, outcome)]

    def _is_free(self, db: Db, candidate: _Candidate, taken: set[bytes], outcome: _Outcome) -> bool:
        if candidate.number in taken:
            person = self._store.find_by_document(db, candidate.valid.id_kind, candidate.valid.id_number)
            if person is not None and _is_same(person, candidate.valid):
                outcome.unchanged += 1
            else:
                outcome.refused.append((candidate.row, [Problem("id_number", "person.id_number_taken")]))
            return False
        if candidate.mobile in taken:
            outcome.refused.append((candidate.row, [Problem("mobile", "person.mobile_taken")]))
            return False
        return True

    def _write(self, fresh: list[_Candidate], run: ImportRun, outcome: _Outcome) -> None:
        entries = self._entries(fresh)
        try:
            self._add(entries, run)
            outcome.added += len(entries)
        except Conflict:
            for entry in entries:
                self._write_alone(entry, run, outcome)

    def _write_alone(self, entry: _Entry, run: ImportRun, outcome: _Outcome) -> None:
        """One row of a batch that lost a race: whoever was first has the number."""
        try:
            self._add([entry], run)
            outcome.added += 1
        except Conflict:
            if self._not_there_yet([entry.candidate], outcome):
                raise

    def _add(self, entries: list[_Entry], run: ImportRun) -> None:
        hashes = [(entry.person.id, entry.password) for entry in entries if entry.password]
        added = (
            PersonAdded(actor=run.actor, object=entry.person.id, place=run.place, level=entry.person.level)
            for entry in entries
        )
        with self._sql.begin() as db:
            self._store.add(db, [entry.person for entry in entries])
            if hashes:
                self._passwords.add(db, hashes, entries[0].person.created_at)
            self._audit.append(db, *added)

    def _entries(self, fresh: list[_Candidate]) -> list[_Entry]:
        """What to write, passwords hashed: beside each other, and before the transaction opens."""
        now = instant(self._clock)
        texts = [each.valid.password for each in fresh]
        if any(texts):
            with ThreadPoolExecutor(HASHING_THREADS) as pool:
                hashes = list(pool.map(lambda text: self._passwords.hash(text) if text else None, texts))
        else:
            hashes = [None] * len(fresh)
        return [
            _Entry(each, person_row(each.valid, now), stored)
            for each, stored in zip(fresh, hashes, strict=True)
        ]


def _repeated(candidate: _Candidate, first_lines: dict[bytes, int]) -> Problem | None:
    """The problem of a row whose number stood in an earlier row; otherwise its numbers are remembered."""
    digests = {"id_number": candidate.number, "mobile": candidate.mobile}
    for name, digest in digests.items():
        if digest in first_lines:
            return Problem(name, "row.duplicate", first_lines[digest])
    first_lines.update(dict.fromkeys(filter(None, digests.values()), candidate.row.line))
    return None


def _is_same(person: Person, valid: ValidPerson) -> bool:
    is_same_name = PersonName(person.name).comparison == PersonName(valid.name).comparison
    return is_same_name and person.mobile == valid.mobile


def _count(outcome: _Outcome, report: ImportReport, bad: BadRows) -> None:
    report.added += outcome.added
    report.unchanged += outcome.unchanged
    for row, problems in sorted(outcome.refused, key=lambda each: each[0].line):
        bad.add(row, problems)


def _imported(run: ImportRun, report: ImportReport) -> PersonsImported:
    batch = random_token(9)
    return PersonsImported(
        actor=run.actor,
        object=f"import:{batch}",
        place=run.place,
        added=report.added,
        refused=report.refused,
        batch=batch,
    )
