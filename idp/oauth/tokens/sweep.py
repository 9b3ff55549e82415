"""Removing what has expired, in small transactions, so that no table grows for ever and no lock lasts."""

from collections.abc import Callable
from datetime import datetime, timedelta

from idp.clock import Clock, instant
from idp.oauth.logout import store as logout_store
from idp.oauth.tokens import store as token_store
from idp.sessions import store as session_store
from idp.storage.engine import Db, Sql

TOKENS_KEPT = timedelta(days=1)
HISTORY_KEPT = timedelta(days=180)
"""How long a person sees earlier sign-ins (ux.md C20)."""
BATCH = 500

Remove = Callable[[Db, datetime, int], int]
KINDS: tuple[tuple[Remove, timedelta], ...] = (
    (token_store.remove_expired, TOKENS_KEPT),
    (logout_store.remove_old, HISTORY_KEPT),
    (session_store.remove_old, HISTORY_KEPT),
)


class Sweep:
    """The worker's job over tokens, logout notices and sessions."""

    def __init__(self, sql: Sql, clock: Clock) -> None:
        self._sql = sql
        self._clock = clock

    def run(self) -> int:
        """Remove all that has outlived its time; how many rows."""
        return sum(self._remove(remove, kept) for remove, kept in KINDS)

    def _remove(self, remove: Remove, kept: timedelta) -> int:
        before = instant(self._clock) - kept
        total = 0
        while True:
            with self._sql.begin() as db:
                removed = remove(db, before, BATCH)
            total += removed
            if removed < BATCH:
                return total
