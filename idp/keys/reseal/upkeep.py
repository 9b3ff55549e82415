"""The job of data keys: goes on with what is to be made anew, and moves versions whose time has come."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final

from crypto.errors import DeviceUnavailable
from crypto.seal import SEALS_LIMIT
from idp.clock import Clock, instant
from idp.errors import Conflict
from idp.keys.data.lifecycle import DataLifecycle, Work
from idp.keys.data.purposes import PURPOSES, SEALING, name_of
from idp.keys.data.spending import NEAR
from idp.keys.lifecycle import MoveRefused
from idp.keys.models import KeyState
from idp.keys.reseal.digests import PURPOSE as LOOKUP
from idp.keys.reseal.digests import DigestedRows
from idp.keys.reseal.service import Reseal
from idp.keys.rotation import SCHEDULE
from idp.keys.settings import KeysSettings
from idp.keys.store import list_all_data_keys
from idp.observe.log import logger
from idp.storage.engine import Sql

SLICE_SECONDS: Final = 2.0
"""How long one run makes rows anew: other jobs of the worker wait no longer."""
RECOUNT_SECONDS: Final[Mapping[KeyState, int]] = {KeyState.ACTIVE: 30, KeyState.RETIRED: 600}
"""How long a version that rows keep from a state is left alone: to count what must be retired reads whole tables."""

_log = logger(__name__)


class Upkeep:
    """Keeps data keys going. Safe on several nodes at once: a move that another made is left alone."""

    def __init__(
        self,
        sql: Sql,
        clock: Clock,
        lifecycle: DataLifecycle,
        works: Mapping[str, Work],
        reseal: Reseal,
        digested: DigestedRows,
        settings: KeysSettings,
    ) -> None:
        """`works` are those of `lifecycle`."""
        self._sql = sql
        self._clock = clock
        self._lifecycle = lifecycle
        self._works = works
        self._reseal = reseal
        self._digested = digested
        self._settings = settings
        self._counted: dict[str, datetime] = {}

    def run(self) -> int:
        """Do what is due; how many rows were made anew and versions made or moved."""
        rows = self._reseal.run_for(SLICE_SECONDS)
        with self._sql.once() as db:
            known = list_all_data_keys(db)
        return rows + sum(self._step(row, known) for row in known)

    def _step(self, row: Any, known: Sequence[Any]) -> int:
        try:
            match row.state:
                case KeyState.PUBLISHED if self._is_ready(row, KeyState.ACTIVE):
                    self._lifecycle.activate(row.purpose, row.version, SCHEDULE)
                    return 1
                case KeyState.ACTIVE if self._is_aged(row, known):
                    self._lifecycle.make(row.purpose, SCHEDULE)
                    return 1
                case KeyState.VERIFY_ONLY if self._is_ready(row, KeyState.RETIRED):
                    self._lifecycle.retire(row.purpose, row.version, SCHEDULE)
                    return 1
                case KeyState.RETIRED if row.purpose == LOOKUP:
                    return self._empty(row, known)
        except Conflict:
            # Another node was first.
            return 0
        except MoveRefused as refused:
            _log.error("keys.rotation_refused", kid=name_of(row.purpose, row.version), reason=refused.reason)
        except DeviceUnavailable:
            _log.warning("keys.rotation_waits", kid=name_of(row.purpose, row.version))
        return 0

    def _is_ready(self, row: Any, wanted: KeyState) -> bool:
        """Whether time and rows allow the move: asked first, for a refusal would be an event each time."""
        now, kid = instant(self._clock), name_of(row.purpose, row.version)
        earliest = self._lifecycle.may_move_from(row)
        if earliest is None or now < earliest or self._rests(kid):
            return False
        work = self._works.get(row.purpose)
        if work is None:
            return True
        count = work.before_active if wanted is KeyState.ACTIVE else work.before_retired
        with self._sql.once() as db:
            left = count(db, row.version)
        if left:
            self._rest(kid, RECOUNT_SECONDS[wanted])
            _log.warning("keys.version_in_use", kid=kid, count=left)
            self._reseal.renew()
        return not left

    def _is_aged(self, row: Any, known: Sequence[Any]) -> bool:
        """Whether the next version is to be made: by age, or because this one sealed too often."""
        newest = max(each.version for each in known if each.purpose == row.purpose)
        if row.version != newest or not PURPOSES[row.purpose].is_rotated:
            return False
        if PURPOSES[row.purpose].algorithm == SEALING and row.used > SEALS_LIMIT * NEAR:
            return True
        days = self._settings.rotate_days.get(row.purpose)
        activated: datetime | None = row.activated_at
        return (
            days is not None
            and activated is not None
            and instant(self._clock) >= activated + timedelta(days=days)
        )

    def _empty(self, row: Any, known: Sequence[Any]) -> int:
        """Remove the digests of a retired look-up key once every process has forgotten it."""
        retired: datetime | None = row.retired_at
        newest = max(each.version for each in known if each.purpose == LOOKUP)
        if retired is None or newest >= row.version + 2:
            return 0
        if instant(self._clock) < retired + timedelta(seconds=self._settings.spread_seconds):
            return 0
        name = name_of(row.purpose, row.version)
        if self._rests(name):
            return 0
        until, emptied = monotonic() + SLICE_SECONDS, 0
        while some := self._digested.empty_some(self._sql, row.version):
            emptied += some
            if monotonic() >= until:
                return emptied
        self._rest(name, RECOUNT_SECONDS[KeyState.RETIRED])
        return emptied

    def _rest(self, name: str, seconds: int) -> None:
        self._counted[name] = instant(self._clock) + timedelta(seconds=seconds)

    def _rests(self, name: str) -> bool:
        again = self._counted.get(name)
        return again is not None and instant(self._clock) < again
