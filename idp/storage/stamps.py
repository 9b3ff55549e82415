"""Change stamps: how a process cache learns within a second that another node changed something."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from idp.clock import Clock
from idp.storage.base import table_of
from idp.storage.engine import Sql
from idp.storage.models import ChangeStampRow

T = TypeVar("T")
FRESH_SECONDS = 1.0

_stamp = table_of(ChangeStampRow)
_READ = select(_stamp.c.kind, _stamp.c.version)


def raise_stamp(db: Connection, kind: str) -> None:
    """Tell every process that objects of this kind changed; counts when the transaction commits."""
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    row = insert(_stamp).values(kind=kind, version=1)
    db.execute(row.on_conflict_do_update(index_elements=["kind"], set_={"version": _stamp.c.version + 1}))


class Stamps:
    """The stamps as this process last saw them, at most a second old: one query serves all caches."""

    def __init__(self, sql: Sql, clock: Clock) -> None:
        self._sql = sql
        self._clock = clock
        self._seen: dict[str, int] = {}
        self._read_at = float("-inf")

    def version(self, kind: str) -> int:
        """The present version of a kind; 0 if it never changed."""
        now = self._clock.timestamp()
        if not 0 <= now - self._read_at < FRESH_SECONDS:
            with self._sql.once() as db:
                self._seen = {row.kind: row.version for row in db.execute(_READ)}
            self._read_at = now
        return self._seen.get(kind, 0)


class Cached(Generic[T]):
    """A value rebuilt by `load` whenever the stamp of its kind moved."""

    def __init__(self, stamps: Stamps, kind: str, load: Callable[[], T]) -> None:
        self._stamps = stamps
        self._kind = kind
        self._load = load
        self._held: tuple[int, T] | None = None
        self._lock = threading.Lock()

    def value(self) -> T:
        """The value, as of at most a second ago."""
        version = self._stamps.version(self._kind)
        held = self._held
        if held is not None and held[0] == version:
            return held[1]
        with self._lock:
            if self._held is None or self._held[0] != version:
                self._held = (version, self._load())
            return self._held[1]
