"""The data keys as every process holds them: in step with the store within a second, unwrapped once."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from crypto.errors import CryptoError, DeviceUnavailable
from crypto.keys.handle import KeyProvider
from crypto.ring import KeyRing, Source
from idp.clock import Clock
from idp.errors import SettingsRefused, Unavailable
from idp.keys.alarms import Alarms
from idp.keys.data import store
from idp.keys.data.purposes import PURPOSES, name_of
from idp.keys.data.spending import Spending
from idp.keys.datakeys import place_of
from idp.keys.models import KeyState
from idp.keys.store import STAMP
from idp.observe.log import logger
from idp.storage.engine import Sql
from idp.storage.stamps import Stamps

RETRY_SECONDS: Final = 1.0

_log = logger(__name__)

Rings = Mapping[str, KeyRing]


@dataclass(frozen=True, slots=True)
class _Held:
    stamp: int
    rings: Rings


class DataRings:
    """The rings of all purposes.

    What is held goes on while the store, or what unwraps, does not answer: a key that another node activated
    meanwhile is used a little later, and nobody meets what it cannot open, for a key is published long before.
    """

    def __init__(
        self,
        sql: Sql,
        provider: KeyProvider,
        stamps: Stamps,
        clock: Clock,
        alarms: Alarms,
        spending: Spending,
    ) -> None:
        self._sql = sql
        self._provider = provider
        self._stamps = stamps
        self._clock = clock
        self._alarms = alarms
        self._spending = spending
        self._unwrapped: dict[tuple[str, int, bytes], bytes] = {}
        self._held: _Held | None = None
        self._rests_until: float | None = None
        self._lock = threading.Lock()

    def open_all(self) -> None:
        """Open every live version of every purpose.

        Raises SettingsRefused when a purpose has no active key, SealError for a key that was damaged, moved or wrapped
        under another root key, DeviceUnavailable, Unavailable.
        """
        stamp = self._stamps.version(STAMP)
        with self._lock:
            self._held = _Held(stamp, self._load(is_strict=True))

    def source(self, purpose: str) -> Source:
        """What gives the ring of a purpose at each use."""
        version = self._stamps.version

        def now() -> KeyRing:
            # The usual case by itself: it stands in the path of every seal and every opening.
            held = self._held
            if held is None or self._rests_until is not None:
                return self.ring(purpose)
            try:
                is_same = version(STAMP) == held.stamp
            except Unavailable:
                self._rest(held)
                return held.rings[purpose]
            return held.rings[purpose] if is_same else self.ring(purpose)

        return now

    def ring(self, purpose: str) -> KeyRing:
        """The ring of a purpose as of at most a second ago. Raises as `open_all` does while nothing is held yet."""
        return self._rings()[purpose]

    def _rings(self) -> Rings:
        held = self._held
        if held is None:
            self.open_all()
            return self._rings()
        if not self._is_resting():
            try:
                if self._stamps.version(STAMP) != held.stamp:
                    held = self._renewed()
            except (Unavailable, DeviceUnavailable):
                self._rest(held)
        return held.rings

    def _rest(self, held: _Held) -> None:
        self._rests_until = self._clock.timestamp() + RETRY_SECONDS
        _log.warning("keys.data_rings_kept", stamp=held.stamp)

    def _is_resting(self) -> bool:
        """Whether the store was asked in vain within the last second."""
        if self._rests_until is None:
            return False
        if 0 < self._rests_until - self._clock.timestamp() <= RETRY_SECONDS:
            return True
        self._rests_until = None
        return False

    def _renewed(self) -> _Held:
        with self._lock:
            stamp = self._stamps.version(STAMP)
            if self._held is None or self._held.stamp != stamp:
                self._held = _Held(stamp, self._load(is_strict=False))
            return self._held

    def _load(self, *, is_strict: bool) -> Rings:
        """The rings as the store has them. Not strict: a version that does not open is told of and left out."""
        with self._sql.once() as db:
            rows = store.list_live(db)
        self._spending.note_stored({(row.purpose, row.version): row.used for row in rows})
        self._forget_all_but(rows)
        keys: dict[str, dict[int, bytes]] = {purpose: {} for purpose in PURPOSES}
        current: dict[str, int] = {}
        for row in rows:
            if row.purpose not in keys:
                continue
            key = self._key(row, is_strict=is_strict)
            if key is not None:
                keys[row.purpose][row.version] = key
                if row.state is KeyState.ACTIVE:
                    current[row.purpose] = row.version
        return {purpose: self._ring(purpose, held, current) for purpose, held in keys.items()}

    def _ring(self, purpose: str, keys: Mapping[int, bytes], current: Mapping[str, int]) -> KeyRing:
        """A ring; the one held before, where nothing changed or no active version opens."""
        before = self._held.rings[purpose] if self._held is not None else None
        if purpose not in current:
            if before is None:
                raise SettingsRefused(
                    "settings.refused", f"no data key {purpose}", faults="keys: run `yihao init` first"
                )
            return before
        ring = KeyRing(keys, current[purpose])
        return before if before == ring else ring

    def _key(self, row: Any, *, is_strict: bool) -> bytes | None:
        name = _wrapped_name(row)
        if name not in self._unwrapped:
            try:
                self._unwrapped[name] = self._provider.unwrap(name[2], place_of(row.purpose, row.version))
            except DeviceUnavailable:
                raise
            except CryptoError:
                if is_strict:
                    raise
                self._alarms.data_key_unusable(name_of(row.purpose, row.version))
                return None
        return self._unwrapped[name]

    def _forget_all_but(self, rows: list[Any]) -> None:
        """A key that opens nothing any more leaves this process's memory too."""
        live = {_wrapped_name(row) for row in rows}
        self._unwrapped = {name: key for name, key in self._unwrapped.items() if name in live}


def _wrapped_name(row: Any) -> tuple[str, int, bytes]:
    return row.purpose, row.version, bytes(row.wrapped or b"")
