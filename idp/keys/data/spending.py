"""How often each data key was used, and the limit beyond which a sealing key seals nothing more.

Uses are counted in every process and written now and then (`idp/keys/usage`), so that a count lags by what other
processes have in hand: at most half a minute's work of each. The limit is far enough for that not to matter.
"""

from collections.abc import Mapping
from typing import Final

from crypto.ring import Count
from crypto.seal import SEALS_LIMIT
from idp.errors import Unavailable
from idp.keys.alarms import Alarms
from idp.keys.data import store
from idp.keys.data.purposes import PURPOSES, SEALING, name_of
from idp.keys.usage import Usage
from idp.storage.engine import Sql

KNOWN_NAMES: Final = 64
NEAR: Final = 0.5
"""The share of the limit at which the operators are told: half of 2³², with time to rotate."""


class Spending:
    """Counts the uses of data keys. Safe to share between threads."""

    def __init__(self, sql: Sql, alarms: Alarms, limit: int = SEALS_LIMIT) -> None:
        """`limit` is the number of seals under one key (NIST SP 800-38D §8.3)."""
        self._sql = sql
        self._alarms = alarms
        self._limit = limit
        self._elsewhere: dict[str, int] = {}
        self.usage = Usage(self._write)

    def counter(self, purpose: str) -> Count:
        """What hears of every use of a key of this purpose.

        For a sealing key it raises Unavailable when the key has sealed as often as it may.
        """
        is_limited = PURPOSES[purpose].algorithm == SEALING
        names = [name_of(purpose, version) for version in range(KNOWN_NAMES)]

        def limited(version: int) -> None:
            self._spend(names[version] if version < KNOWN_NAMES else name_of(purpose, version))

        def counted(version: int) -> None:
            self.usage.add(names[version] if version < KNOWN_NAMES else name_of(purpose, version))

        return limited if is_limited else counted

    def note_stored(self, stored: Mapping[tuple[str, int], int]) -> None:
        """Learn what the stored counters of versions stand at."""
        for (purpose, version), used in stored.items():
            name = name_of(purpose, version)
            self._elsewhere[name] = used - self.usage.written(name)

    def _spend(self, name: str) -> None:
        used = self._elsewhere.get(name, 0) + self.usage.add(name)
        if used > self._limit * NEAR:
            self._alarms.use_near_limit(name, used, self._limit)
            if used > self._limit:
                raise Unavailable("svc.down", f"data key {name} has sealed as often as it may")

    def _write(self, uses: dict[str, int]) -> None:
        by_version = {_parsed(name): count for name, count in uses.items()}
        with self._sql.begin() as db:
            stored = store.add_uses(db, by_version)
        for version, used in stored.items():
            name = name_of(*version)
            # What is being written is ours, though it is not noted as written before this returns.
            self._elsewhere[name] = used - self.usage.written(name) - uses[name]


def _parsed(name: str) -> tuple[str, int]:
    purpose, _, version = name.partition(":")
    return purpose, int(version)
