"""Writing a batch: whole, and when it loses a race row by row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from idp.clock import Clock, instant
from idp.errors import Conflict
from idp.importing.port import Entry, Importing, ImportRun, Outcome
from idp.importing.problems import Problem
from idp.importing.store import RunElsewhere
from idp.importing.table_file import Row
from idp.storage.engine import Db, Sql

T = TypeVar("T")
P = TypeVar("P")
Beside = Callable[[Db, Outcome], None]
"""What is written beside a batch, in its transaction; may be called again after a try that failed."""


@dataclass(frozen=True, slots=True)
class Batch(Generic[T, P]):
    """Rows that were read; `outcome` tells of those that are not to be written."""

    rows: Sequence[Row]
    entries: Sequence[Entry[T]]
    prepared: Sequence[P]
    outcome: Outcome


class Writing(Generic[T, P]):
    """Writes batches of one kind of import."""

    def __init__(self, sql: Sql, clock: Clock, what: Importing[T, P], run: ImportRun) -> None:
        self._sql = sql
        self._clock = clock
        self._what = what
        self._run = run

    def write(self, batch: Batch[T, P], beside: Beside) -> Outcome:
        """Write a batch, and tell what became of all its rows. Raises as `Engine.run`."""
        try:
            return self._write_whole(batch, beside)
        except RunElsewhere:
            raise
        except Conflict:
            outcome = _copy(batch.outcome)
            for entry in batch.entries:
                self._write_alone(entry, outcome)
            return self._write_whole(replace(batch, prepared=[], outcome=outcome), beside)

    def _write_whole(self, batch: Batch[T, P], beside: Beside) -> Outcome:
        outcome = _copy(batch.outcome)
        with self._sql.begin() as db:
            if batch.prepared:
                self._what.write(db, batch.prepared, self._run, outcome)
            outcome.refused.sort(key=lambda each: each[0].line)
            beside(db, outcome)
        return outcome

    def _write_alone(self, entry: Entry[T], outcome: Outcome) -> None:
        """One row of a batch that lost a race: whoever was first has the number."""
        fresh = self._sifted(entry, outcome)
        if not fresh:
            return
        alone = Outcome()
        now: datetime = instant(self._clock)
        try:
            prepared = self._what.prepare(fresh, now)
            with self._sql.begin() as db:
                self._what.write(db, prepared, self._run, alone)
        except Conflict as conflict:
            if self._sifted(entry, outcome):
                if conflict.code not in self._what.vocabulary.problems:
                    raise
                outcome.refuse(entry.row, Problem("row", conflict.code))
            return
        outcome.add(alone)

    def _sifted(self, entry: Entry[T], outcome: Outcome) -> list[Entry[T]]:
        with self._sql.once() as db:
            return self._what.sift(db, [entry], outcome)


def _copy(outcome: Outcome) -> Outcome:
    copy = Outcome()
    copy.add(outcome)
    return copy
