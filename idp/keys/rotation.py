"""The schedule job: publishes the successor of an aging key, lets it sign when its time has come, retires what ended."""

from datetime import datetime, timedelta
from typing import Any, Final

from crypto.errors import DeviceUnavailable
from idp.clock import Clock, instant
from idp.errors import Conflict
from idp.keys import store
from idp.keys.alarms import Alarms
from idp.keys.events import HERE, SYSTEM
from idp.keys.lifecycle import Actor, Lifecycle, MoveRefused, may_move_from
from idp.keys.models import KeyPurpose, KeyState
from idp.keys.settings import KeysSettings
from idp.keys.signers import NEAR, USE_LIMIT
from idp.observe.log import logger
from idp.storage.engine import Sql

SHORT_LIVED: Final = frozenset({KeyPurpose.TOKEN, KeyPurpose.TRANSPORT, KeyPurpose.FEDERATION})
"""What these sign or open lives for hours; evidence under the other purposes is verified for years."""

SCHEDULE: Final = Actor(SYSTEM, HERE, "schedule")

_log = logger(__name__)


class Rotation:
    """Moves every key pair whose time has come. Safe on several nodes at once: a move that another made is left alone."""

    def __init__(
        self, sql: Sql, clock: Clock, lifecycle: Lifecycle, alarms: Alarms, settings: KeysSettings
    ) -> None:
        self._sql = sql
        self._clock = clock
        self._lifecycle = lifecycle
        self._alarms = alarms
        self._settings = settings

    def run(self) -> int:
        """Do what is due; how many keys were made or moved."""
        with self._sql.once() as db:
            rows = store.list_all_key_pairs(db)
        return sum(self._step(row, rows) for row in rows)

    def _step(self, row: Any, rows: list[Any]) -> int:
        try:
            if row.state is KeyState.ACTIVE:
                return self._succeed(row, _published_beside(row, rows))
            ends = row.state is KeyState.VERIFY_ONLY and row.purpose in SHORT_LIVED
            if ends and _is_due(may_move_from(row, self._settings), self._now()):
                self._lifecycle.retire(row.kid, SCHEDULE)
                return 1
        except Conflict:
            # Another node was first.
            return 0
        except MoveRefused as refused:
            _log.error("keys.rotation_refused", kid=row.kid, reason=refused.reason)
        except DeviceUnavailable:
            self._alarms.device_gone(self._settings.provider)
        return 0

    def _succeed(self, row: Any, successor: Any | None) -> int:
        due = self._due(row)
        if due is None:
            return 0
        now = self._now()
        if successor is None:
            if now < due - timedelta(seconds=self._settings.publish_seconds):
                return 0
            self._lifecycle.make(row.purpose, row.algorithm, SCHEDULE)
            return 1
        if now < due or not _is_due(may_move_from(successor, self._settings), now):
            return 0
        self._lifecycle.activate(successor.kid, SCHEDULE)
        return 1

    def _due(self, row: Any) -> datetime | None:
        """When an active key is to be replaced: by age, at once where it was used too often, None where nothing is planned."""
        if row.used > USE_LIMIT * NEAR:
            return self._now()
        days = self._settings.rotate_days.get(row.purpose.value)
        activated: datetime | None = row.activated_at
        return None if days is None or activated is None else activated + timedelta(days=days)

    def _now(self) -> datetime:
        return instant(self._clock)


def _published_beside(row: Any, rows: list[Any]) -> Any | None:
    same = (each for each in rows if (each.purpose, each.algorithm) == (row.purpose, row.algorithm))
    return next((each for each in same if each.state is KeyState.PUBLISHED), None)


def _is_due(at: datetime | None, now: datetime) -> bool:
    return at is not None and now >= at
