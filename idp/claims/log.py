"""The log of releases, for the owner of the data (PRI-12): names of claims, never values (decision 0026)."""

import threading
from typing import Final

from idp.claims import store
from idp.claims.store import HOUR, Released
from idp.clock import Clock, instant
from idp.storage.engine import Db

MOST: Final = 50_000
"""How many releases a process remembers as written; one that it forgot is written again, which changes nothing."""


class ReleaseLog:
    """Writes the first release of every hour by the clock and knows in the process which ones are written."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._written: dict[Released, int] = {}
        self._lock = threading.Lock()

    def note(self, db: Db, released: Released) -> None:
        """Keep a release before its answer goes out; `db` commits by statement. Costs nothing again within the hour."""
        hour = int(self._clock.timestamp()) // HOUR
        if not released.claims or self._written.get(released) == hour:
            return
        store.note_release(db, released, instant(self._clock))
        with self._lock:
            self._written[released] = hour
            if len(self._written) > MOST:
                del self._written[next(iter(self._written))]

    def note_within(self, db: Db, released: Released) -> None:
        """Keep a release in the transaction that makes it; what is undone is not remembered as written."""
        store.note_release(db, released, instant(self._clock))
