"""A walk over one table in the order of ids, in small transactions, resumed where it stopped.

::

    none ──begin──▶ under way ──step, step, …──▶ at the end ──nothing left──▶ ended
                        ▲  └── killed: goes on behind the last whole step        │
                        └────────────── rows written meanwhile under another key ┘

A step reads rows, computes outside any transaction, then changes those that are still as they were read and notes in
the same transaction how far it came. So a walk may be killed at any instant, and several workers may walk at once: what
one has done the others find done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from crypto.errors import SealError
from idp.audit.service import Audit
from idp.clock import Clock, instant
from idp.keys.data.events import ResealEnded, SealedRowRefused
from idp.keys.events import HERE, SYSTEM
from idp.keys.reseal import store
from idp.keys.reseal.store import Change
from idp.observe.log import logger
from idp.storage.engine import Db, Sql
from idp.storage.sealed import SealedTable

BATCH: Final = 500
"""Rows of one step."""

_log = logger(__name__)


class Work(Protocol):
    """What is made anew in one table."""

    @property
    def name(self) -> str:
        """Unique name of the work, at most 48 characters; it names the progress that is kept."""
        ...

    @property
    def table(self) -> SealedTable:
        """The table."""
        ...

    @property
    def version(self) -> int:
        """The version of the key under which rows are made anew."""
        ...

    def change(self, row: Any) -> Change | None:
        """What to change in a row, None when it is as it should be.

        Raises SealError when it does not open, Conflict when the key went on to another version.
        """
        ...

    def count_left(self, db: Db) -> int:
        """Rows that are not as they should be."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a walk has come: rows seen of the rows that there were when it began; `refused` of them did not open."""

    name: str
    version: int
    done: int
    total: int
    refused: int
    is_ended: bool


class Walk:
    """Walks over the table of one work."""

    def __init__(self, sql: Sql, clock: Clock, audit: Audit, work: Work) -> None:
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._work = work
        self._told_of: set[str] = set()

    def progress(self) -> Progress:
        """How far it has come; not begun is nothing done."""
        with self._sql.once() as db:
            seen = store.find_progress(db, self._work.name)
        if seen is None or seen.version != self._work.version:
            return Progress(self._work.name, self._work.version, 0, 0, 0, is_ended=False)
        return self._told(seen, is_ended=seen.ended_at is not None)

    def is_needed(self) -> bool:
        """Whether rows are left that a walk could mend: they are counted, so ask seldom where a walk has ended."""
        progress = self.progress()
        if not progress.is_ended:
            return True
        with self._sql.once() as db:
            return self._work.count_left(db) > progress.refused

    def step(self) -> Progress:
        """Begin, go on by one step, or end; a walk that has ended begins anew.

        Raises Unavailable when the database does not answer, Conflict when the key went on to another version: whole
        steps stand, nothing is lost.
        """
        with self._sql.once() as db:
            seen = store.find_progress(db, self._work.name)
            if seen is None or seen.version != self._work.version or seen.ended_at is not None:
                seen = self._begun(db)
            rows = store.read_rows(db, self._work.table, seen.last_id, BATCH)
        if not rows:
            return self._end(seen)
        changes, refused = self._changes(rows)
        with self._sql.begin() as db:
            made = store.swap_rows(db, self._work.table, changes)
            # A row that changed meanwhile is read again: the step is not taken, and what was made stays made.
            is_whole = made == len(changes)
            is_taken = is_whole and store.advance_walk(db, seen, rows[-1].id, len(rows), refused)
        return self._told(seen, len(rows), refused) if is_taken else self._told(seen)

    def _begun(self, db: Db) -> Any:
        self._told_of.clear()
        total = store.count_rows(db, self._work.table)
        store.begin_walk(db, self._work.name, self._work.version, total, instant(self._clock))
        return store.find_progress(db, self._work.name)

    def _changes(self, rows: Sequence[Any]) -> tuple[list[Change], int]:
        """What to change in these rows, and how many of them do not open."""
        changes, refused = [], 0
        for row in rows:
            try:
                change = self._work.change(row)
            except SealError:
                refused += 1
                self._tell(row.id)
            else:
                if change is not None:
                    changes.append(change)
        return changes, refused

    def _tell(self, row_id: str) -> None:
        """A row that does not open stays as it is, and is told of once in a walk."""
        if row_id not in self._told_of:
            self._told_of.add(row_id)
            row = f"{self._work.table.name}:{row_id}"
            _log.error("reseal.row_refused", row=row)
            self._audit.note(SealedRowRefused(actor=SYSTEM, object=row, place=HERE))

    def _end(self, seen: Any) -> Progress:
        """End when nothing is left but what does not open; else begin again for the rows written meanwhile."""
        with self._sql.once() as db:
            left = self._work.count_left(db)
            if left > seen.refused:
                return self._told(self._begun(db))
        with self._sql.begin() as db:
            if store.end_walk(db, seen, instant(self._clock)):
                event = ResealEnded(
                    actor=SYSTEM,
                    object=self._work.name,
                    place=HERE,
                    version=self._work.version,
                    rows=seen.done,
                    refused=seen.refused,
                )
                self._audit.append(db, event)
        return self._told(seen, is_ended=True)

    def _told(self, seen: Any, rows: int = 0, refused: int = 0, *, is_ended: bool = False) -> Progress:
        done, refused = seen.done + rows, seen.refused + refused
        return Progress(seen.name, seen.version, done, seen.total, refused, is_ended)
