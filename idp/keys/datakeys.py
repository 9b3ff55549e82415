"""Data keys by purpose: made once, wrapped by the root key, opened at boot. `data.rings` keeps them in step afterwards."""

from datetime import datetime
from typing import Any

from crypto.keys.handle import KeyProvider
from crypto.tokens import random_bytes, random_token
from idp.clock import Clock, instant
from idp.errors import SettingsRefused
from idp.keys.data import store
from idp.keys.data.purposes import PURPOSES, Purpose
from idp.keys.lifecycle import STEPS
from idp.keys.models import KeyState
from idp.keys.store import list_all_data_keys
from idp.storage.engine import Db, Sql

LENGTHS = {name: purpose.length for name, purpose in PURPOSES.items()}
"""Every purpose with its key length in bytes: SM4 keys have 16, HMAC-SM3 keys 32."""
FIRST = 1


class DataKeys:
    """Makes the first version of every purpose, and gives the keys of a purpose by version."""

    def __init__(self, sql: Sql, provider: KeyProvider, clock: Clock) -> None:
        self._sql = sql
        self._provider = provider
        self._clock = clock

    def create_missing(self) -> None:
        """Make version 1 of every purpose that has none yet.

        A purpose that split off from another after the instance was made starts with that one's key, so that what was
        made under it still holds.
        """
        now = instant(self._clock)
        with self._sql.begin() as db:
            before = {row.purpose for row in list_all_data_keys(db)}
            for name, purpose in PURPOSES.items():
                if name not in before:
                    key = self._first_key(db, purpose, before)
                    row = new_row(self._provider, name, FIRST, key)
                    store.add_data_key(db, entered(row, now, *_BORN_ACTIVE))

    def versions(self, purpose: str) -> dict[int, bytes]:
        """All live versions of a purpose. Raises SettingsRefused when there is none, SealError under a wrong root key."""
        with self._sql.once() as db:
            rows = store.list_data_keys(db, purpose)
        return opened(self._provider, purpose, rows)

    def first(self, purpose: str) -> bytes:
        """Version 1, for purposes whose key never changes."""
        return self.versions(purpose)[FIRST]

    def _first_key(self, db: Db, purpose: Purpose, before: set[str]) -> bytes:
        if purpose.inherits is None or purpose.inherits not in before:
            return random_bytes(purpose.length)
        rows = store.list_data_keys(db, purpose.inherits)
        return opened(self._provider, purpose.inherits, rows)[FIRST]


_BORN_ACTIVE = (KeyState.CREATED, KeyState.PUBLISHED, KeyState.ACTIVE)


def opened(provider: KeyProvider, purpose: str, rows: list[Any]) -> dict[int, bytes]:
    """The keys of these rows by version. Raises as `DataKeys.versions` does."""
    if not rows:
        raise SettingsRefused(
            "settings.refused", f"no data key {purpose}", faults="keys: run `yihao init` first"
        )
    return {row.version: provider.unwrap(row.wrapped, place_of(purpose, row.version)) for row in rows}


def place_of(purpose: str, version: int) -> str:
    """What a wrapped data key is bound to: bytes moved to another row do not unwrap."""
    return f"data:{purpose}:{version}"


def new_row(provider: KeyProvider, purpose: str, version: int, key: bytes) -> dict[str, object]:
    """A row of a new version with its key wrapped, without its state."""
    return {
        "id": random_token(16),
        "purpose": purpose,
        "version": version,
        "provider": provider.name,
        "wrapped": provider.wrap(key, place_of(purpose, version)),
        "used": 0,
    }


def entered(row: dict[str, object], now: datetime, *states: KeyState) -> dict[str, object]:
    """The row after it went through these states at this instant."""
    return {**row, "state": states[-1], **{STEPS[state]: now for state in states}}
