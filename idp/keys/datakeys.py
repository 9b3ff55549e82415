"""Data keys by purpose: made once, wrapped by the root key, opened at boot."""

from crypto.keys.handle import KeyProvider
from crypto.tokens import random_bytes, random_token
from idp.clock import Clock, instant
from idp.errors import SettingsRefused
from idp.keys import store
from idp.storage.engine import Sql

LENGTHS = {"seal": 16, "ephemeral": 16, "lookup": 32, "pepper": 32, "pairwise": 32, "csrf": 32}
"""Every purpose with its key length in bytes: SM4 keys have 16, HMAC-SM3 keys 32."""


class DataKeys:
    """Gives the keys of a purpose by version."""

    def __init__(self, sql: Sql, provider: KeyProvider, clock: Clock) -> None:
        self._sql = sql
        self._provider = provider
        self._clock = clock

    def create_missing(self) -> None:
        """Make version 1 of every purpose that has none yet."""
        with self._sql.begin() as db:
            for purpose, length in LENGTHS.items():
                if not store.list_data_keys(db, purpose):
                    wrapped = self._provider.wrap(random_bytes(length), f"data:{purpose}:1")
                    store.add_data_key(
                        db, random_token(16), purpose, 1, wrapped, self._provider.name, instant(self._clock)
                    )

    def versions(self, purpose: str) -> dict[int, bytes]:
        """All versions of a purpose. Raises SettingsRefused when there is none, SealError under a wrong root key."""
        with self._sql.once() as db:
            rows = store.list_data_keys(db, purpose)
        if not rows:
            raise SettingsRefused(
                "settings.refused", f"no data key {purpose}", faults="keys: run `yihao init` first"
            )
        return {
            row.version: self._provider.unwrap(row.wrapped, f"data:{purpose}:{row.version}") for row in rows
        }

    def first(self, purpose: str) -> bytes:
        """Version 1, for purposes whose key never changes (look-up, pairwise subjects)."""
        return self.versions(purpose)[1]
