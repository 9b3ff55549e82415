"""Removing what has expired, in small transactions, so that no table grows for ever and no lock lasts."""

from datetime import timedelta

from idp.clock import Clock, instant
from idp.oauth.tokens import store
from idp.storage.engine import Sql

KEPT = timedelta(days=1)
BATCH = 500


class TokenSweep:
    """The worker's job over families, refresh tokens and revoked access tokens."""

    def __init__(self, sql: Sql, clock: Clock) -> None:
        self._sql = sql
        self._clock = clock

    def run(self) -> int:
        """Remove what expired more than a day ago; how many rows."""
        before = instant(self._clock) - KEPT
        total = 0
        while True:
            with self._sql.begin() as db:
                removed = store.remove_expired(db, before, BATCH)
            total += removed
            if removed < BATCH:
                return total
