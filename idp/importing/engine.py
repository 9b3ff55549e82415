"""Importing a file: checked row by row, written in whole batches, and taken up after a kill where the last one stands.

A row is added, changed, unchanged or refused; a refused row never stops the rest. While a batch is written, the next
one is read and prepared. A dry run does all but the writing.

::

    rows ─read─▶ entries ─sift─▶ those to write ─prepare─▶ sealed ─write─▶ one transaction with the journal
          └─────────────┴─▶ refused: counted, shown masked, kept in the error file
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Final, Generic, TypeVar

from idp.audit.service import Audit
from idp.clock import Clock, instant
from idp.importing import store
from idp.importing.port import Entry, Importing, ImportRun, Outcome
from idp.importing.problems import Problem
from idp.importing.report import ErrorFile, ImportReport
from idp.importing.seen import SeenValues
from idp.importing.store import Standing
from idp.importing.table_file import Row, TableFile
from idp.importing.writing import Batch, Writing
from idp.storage.engine import Db, Sql

BATCH: Final = 1_000
"""Rows of one transaction."""
REPORT_SIZE: Final = "report_size"
TALLY: Final = "tally."
"""What stands before the names of a tally among the counts of the journal."""
T = TypeVar("T")
P = TypeVar("P")


class Engine(Generic[T, P]):
    """Runs imports of one kind."""

    def __init__(self, sql: Sql, clock: Clock, audit: Audit, what: Importing[T, P]) -> None:
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._what = what

    def run(self, file: TableFile, run: ImportRun, report: ImportReport, bad: ErrorFile) -> None:
        """Import every row of `file` that no earlier, broken run has; `report` grows with every batch that stands.

        Raises Unavailable when the database goes away, RunElsewhere when another process imports the same file: the
        batches before it stand.
        """
        course = _Course(self._what, file, run, report, bad)
        with SeenValues() as seen:
            if run.is_dry:
                bad.begin(file, 0)
                self._judge(course, seen)
                return
            at = self._begun(course)
            at = self._write(course, seen, at)
        if not report.is_stopped:
            with self._sql.begin() as db:
                store.finish(db, at, instant(self._clock))
        self._audit.note(self._what.ended(run, report))

    def _begun(self, course: "_Course[T, P]") -> Standing:
        """Where the journal of this file stands; file, counts and error file go on there."""
        with self._sql.begin() as db:
            digest, actor = course.file.digest, course.run.actor
            at = store.begin(db, self._what.kind, digest, actor, instant(self._clock))
        course.take_up(at)
        return at

    def _judge(self, course: "_Course[T, P]", seen: SeenValues) -> None:
        for batch in self._batches(course.file, seen, is_dry=True):
            self._what.foresee(batch.entries, batch.outcome)
            batch.outcome.refused.sort(key=lambda each: each[0].line)
            course.bad.add(course.file, batch.outcome.refused)
            if course.is_over(batch.rows[-1], batch.outcome):
                return

    def _write(self, course: "_Course[T, P]", seen: SeenValues, at: Standing) -> Standing:
        """Write batch after batch, each while the next one is prepared."""
        writing = Writing(self._sql, self._clock, self._what, course.run)
        pending: tuple[Row, Future[tuple[Outcome, Standing]]] | None = None
        with ThreadPoolExecutor(1) as writer:
            for batch in self._batches(course.file, seen, is_dry=False):
                if pending is not None:
                    outcome, at = pending[1].result()
                    if course.is_over(pending[0], outcome):
                        return at
                pending = batch.rows[-1], writer.submit(self._put, writing, batch, course, at)
                if self._what.is_ordered:
                    wait((pending[1],))
            if pending is not None:
                outcome, at = pending[1].result()
                course.is_over(pending[0], outcome)
        return at

    def _put(
        self, writing: Writing[T, P], batch: Batch[T, P], course: "_Course[T, P]", at: Standing
    ) -> tuple[Outcome, Standing]:
        last, before, moved = batch.rows[-1], course.bad.size, at

        def beside(db: Db, outcome: Outcome) -> None:
            nonlocal moved
            course.bad.cut(before)
            course.bad.add(course.file, outcome.refused)
            counts = course.counts_with(outcome) | {REPORT_SIZE: course.bad.size}
            counts |= {TALLY + name: number for name, number in course.tally_with(outcome).items()}
            moved = store.advance(db, at, last.next_line, last.end, counts, instant(self._clock))

        try:
            return writing.write(batch, beside), moved
        except BaseException:
            course.bad.cut(before)
            raise

    def _batches(self, file: TableFile, seen: SeenValues, is_dry: bool) -> Iterator[Batch[T, P]]:
        while rows := list(islice(file.rows, BATCH)):
            outcome = Outcome()
            read = [entry for row in rows if (entry := self._entry(file, row, outcome))]
            entries = _without_repeats(read, seen, outcome)
            if entries:
                with self._sql.once() as db:
                    entries = self._what.sift(db, entries, outcome)
            prepared = [] if is_dry else self._what.prepare(entries, instant(self._clock))
            yield Batch(rows, entries, prepared, outcome)

    def _entry(self, file: TableFile, row: Row, outcome: Outcome) -> Entry[T] | None:
        """What a row says if it holds by itself."""
        fault = file.fault(row) or ("row.cut" if row.is_cut else None)
        read = [Problem("row", fault)] if fault else self._what.read(file, row)
        if not isinstance(read, list):
            return read
        outcome.refuse(row, *read)
        return None


class _Course(Generic[T, P]):
    """One run on its way: what it reads, counts and tells."""

    def __init__(
        self,
        what: Importing[T, P],
        file: TableFile,
        run: ImportRun,
        report: ImportReport,
        bad: ErrorFile,
    ) -> None:
        self.file = file
        self.run = run
        self.bad = bad
        self._what = what
        self._report = report

    def take_up(self, at: Standing) -> None:
        """Go on where the journal stands."""
        if at.place:
            self.file.go_to(at.line, at.place)
            self._report.take_up(at.counts, _tally(at.counts))
            self._report.resumed_after = self._report.last_line = at.line - 1
        self.bad.begin(self.file, at.counts.get(REPORT_SIZE, 0))

    def counts_with(self, outcome: Outcome) -> dict[str, int]:
        """The counts as they are once this batch stands too."""
        counts = self._report.counts()
        counts["added"] += outcome.added
        counts["changed"] += outcome.changed
        counts["unchanged"] += outcome.unchanged
        counts["refused"] += len(outcome.refused)
        return counts

    def tally_with(self, outcome: Outcome) -> Counter[str]:
        """What is counted beside, once this batch stands too."""
        return self._report.tally + outcome.tally

    def is_over(self, last: Row, outcome: Outcome) -> bool:
        """Count a batch that stands; whether it is to be the last one."""
        self._report.take_up(self.counts_with(outcome), self.tally_with(outcome))
        self._report.show(outcome.refused, self.file, self._what.vocabulary)
        self._report.last_line = last.line
        self.run.tell(last.line)
        self._report.is_stopped = self.run.is_stopped()
        return self._report.is_stopped


def _tally(counts: Mapping[str, int]) -> dict[str, int]:
    return {name.removeprefix(TALLY): number for name, number in counts.items() if name.startswith(TALLY)}


def _without_repeats(read: Sequence[Entry[T]], seen: SeenValues, outcome: Outcome) -> list[Entry[T]]:
    """Those that repeat no earlier row of the file, which has them noted from here on."""
    lines = seen.find([digest for entry in read for _, digest in entry.once])
    fresh: dict[bytes, int] = {}
    kept = []
    for entry in read:
        repeated = next((each for each in entry.once if each[1] in lines), None)
        if repeated is not None:
            outcome.refuse(entry.row, Problem(repeated[0], "row.duplicate", lines[repeated[1]]))
            continue
        own = dict.fromkeys((digest for _, digest in entry.once), entry.row.line)
        lines.update(own)
        fresh.update(own)
        kept.append(entry)
    seen.note(fresh)
    return kept
