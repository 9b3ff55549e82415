"""How a version of a data key goes from one state to the next (GB/T 39786-2021 annex, CRY-11).

::

    published ──spread_seconds, rows prepared──▶ active ──successor──▶ verify_only ──verify_seconds, no row uses it──▶ retired
    retired ──retire_seconds, nothing left of it, a ceremony──▶ destroyed

A version is published when it is made: from then on every process opens under it, and only the active one seals. No
process ever meets bytes that it cannot open, for the least times are far beyond the second of the stamps.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

from crypto.errors import DeviceUnavailable, KeyUnusable, SealError
from crypto.keys.handle import KeyProvider
from crypto.tokens import random_bytes
from idp.audit.service import Audit
from idp.clock import Clock, instant
from idp.ephemeral.box import MAX_SECONDS
from idp.errors import Conflict, NotFound
from idp.keys.data import store
from idp.keys.data.purposes import PURPOSES, name_of
from idp.keys.datakeys import entered, new_row, place_of
from idp.keys.events import KeyMade, KeyMoved, KeyMoveRefused
from idp.keys.lifecycle import NEXT, STEPS, Actor, MoveRefused, entered_at, latest_of
from idp.keys.models import KeyState
from idp.keys.settings import KeysSettings
from idp.storage.engine import Db, Sql

T = TypeVar("T")
PENDING: Final = (KeyState.CREATED, KeyState.PUBLISHED)


class Work(Protocol):
    """What the rows of the house have to do with the versions of one purpose. Every method counts rows in the way."""

    def before_published(self, db: Db, version: int) -> int:
        """Rows that keep the next version from being published."""
        ...

    def before_active(self, db: Db, version: int) -> int:
        """Rows that are not prepared for this version."""
        ...

    def before_retired(self, db: Db, version: int) -> int:
        """Rows that cannot do without this version."""
        ...

    def before_destroyed(self, db: Db, version: int, newest: int) -> int:
        """Rows that hold anything made under this version; `newest` is the highest version there is."""
        ...


class NoRows:
    """The work of a purpose whose key stands behind no row."""

    def before_published(self, _db: Db, _version: int) -> int:
        return 0

    def before_active(self, _db: Db, _version: int) -> int:
        return 0

    def before_retired(self, _db: Db, _version: int) -> int:
        return 0

    def before_destroyed(self, _db: Db, _version: int, _newest: int) -> int:
        return 0


class DataLifecycle:
    """Makes and moves versions, each act in one transaction with its event; a refusal is an event too.

    Acts raise MoveRefused (`reason`: fixed, state, early, clock, unusable or in_use), Conflict where another node was
    first or a version is on its way already, NotFound.
    """

    def __init__(
        self,
        sql: Sql,
        clock: Clock,
        audit: Audit,
        provider: KeyProvider,
        settings: KeysSettings,
        works: Mapping[str, Work],
    ) -> None:
        """`works` by purpose; a purpose without one stands behind no row."""
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._provider = provider
        self._settings = settings
        self._works = works

    def make(self, purpose: str, actor: Actor) -> int:
        """Make and publish the next version; its number."""
        return self._refusing(purpose, KeyState.PUBLISHED, actor, lambda: self._make(purpose, actor))

    def activate(self, purpose: str, version: int, actor: Actor) -> None:
        """Let a published version seal; the one that did until now only opens, in the same transaction."""
        name = name_of(purpose, version)
        self._refusing(name, KeyState.ACTIVE, actor, lambda: self._activate(purpose, version, actor))

    def retire(self, purpose: str, version: int, actor: Actor) -> None:
        """End the use of a version under which nothing is kept any more."""
        name = name_of(purpose, version)
        self._refusing(name, KeyState.RETIRED, actor, lambda: self._retire(purpose, version, actor))

    def destroy(self, db: Db, purpose: str, version: int, actor: Actor) -> None:
        """Destroy the wrapped key of a retired version, within the transaction in which a ceremony is carried out."""
        rows = store.list_for_change(db, purpose)
        row = _found(rows, purpose, version)
        self.check(row, KeyState.DESTROYED)
        left = self._work(purpose).before_destroyed(db, version, rows[-1].version)
        _refuse_in_use(row, left)
        self._move(db, row, KeyState.DESTROYED, actor, wrapped=None)

    def may_move_from(self, row: Any) -> datetime | None:
        """The earliest instant of the next step, None where time does not decide."""
        dwell = {
            KeyState.CREATED: 0,
            KeyState.PUBLISHED: self._settings.spread_seconds,
            KeyState.VERIFY_ONLY: self._verify_seconds(row.purpose),
            KeyState.RETIRED: self._settings.retire_seconds,
        }.get(row.state)
        since = entered_at(row, row.state)
        return None if dwell is None or since is None else since + timedelta(seconds=dwell)

    def check(self, row: Any, wanted: KeyState) -> None:
        """Raise MoveRefused unless time and order let this version go to `wanted` now."""
        name, now = name_of(row.purpose, row.version), instant(self._clock)
        if NEXT.get(row.state) is not wanted:
            raise MoveRefused("state", kid=name, state=row.state.value, wanted=wanted.value)
        if now < latest_of(row):
            raise MoveRefused("clock", kid=name, since=latest_of(row).isoformat())
        earliest = self.may_move_from(row)
        if earliest is not None and now < earliest:
            raise MoveRefused("early", kid=name, since=earliest.isoformat())

    def _verify_seconds(self, purpose: str) -> int:
        """A boxed thing must be gone when the key that boxed it may be retired."""
        seconds = self._settings.verify_seconds
        return max(seconds, MAX_SECONDS) if purpose == "ephemeral" else seconds

    def _make(self, purpose: str, actor: Actor) -> int:
        if purpose not in PURPOSES:
            raise NotFound("key.unknown", kid=purpose)
        if not PURPOSES[purpose].is_rotated:
            raise MoveRefused("fixed", kid=purpose)
        with self._sql.once() as db:
            version = int(store.list_versions(db, purpose)[-1].version) + 1
            _refuse_blocked(purpose, version, self._work(purpose).before_published(db, version))
        # Wrapped before the transaction: a device takes its time.
        row = new_row(self._provider, purpose, version, random_bytes(PURPOSES[purpose].length))
        try:
            with self._sql.begin() as db:
                self._publish(db, row, actor)
        except Conflict as raced:
            raise Conflict("key.pending", raced.detail, kid=name_of(purpose, version)) from raced
        return version

    def _publish(self, db: Db, row: dict[str, object], actor: Actor) -> None:
        purpose, version, now = str(row["purpose"]), int(str(row["version"])), instant(self._clock)
        latest = store.latest_instant(db)
        if latest is not None and now < latest:
            raise MoveRefused("clock", kid=purpose, since=latest.isoformat())
        known = store.list_for_change(db, purpose)
        if known[-1].version != version - 1 or any(each.state in PENDING for each in known):
            raise Conflict("key.pending", f"{purpose} {known[-1].version} is {known[-1].state}")
        self._check_slot(known, version)
        _refuse_blocked(purpose, version, self._work(purpose).before_published(db, version))
        store.add_data_key(db, entered(row, now, *PENDING))
        self._audit.append(
            db,
            KeyMade(
                actor=actor.name,
                object=name_of(purpose, version),
                place=actor.place,
                purpose=purpose,
                algorithm=PURPOSES[purpose].algorithm,
                provider=str(row["provider"]),
            ),
            self._moved(purpose, version, KeyState.CREATED, KeyState.PUBLISHED, actor),
        )

    def _check_slot(self, known: Sequence[Any], version: int) -> None:
        """Two versions of one look-up key of the same parity share a column: the older must be gone from every process."""
        for each in known:
            if (
                each.purpose == "lookup"
                and each.version % 2 == version % 2
                and each.state is not KeyState.DESTROYED
            ):
                if each.state is not KeyState.RETIRED or each.retired_at is None:
                    raise MoveRefused("in_use", kid=name_of(each.purpose, each.version), count=0)
                free = each.retired_at + timedelta(seconds=self._settings.spread_seconds)
                if instant(self._clock) < free:
                    raise MoveRefused("early", kid=name_of(each.purpose, version), since=free.isoformat())

    def _activate(self, purpose: str, version: int, actor: Actor) -> None:
        with self._sql.once() as db:
            row = _found(store.list_versions(db, purpose), purpose, version)
            self.check(row, KeyState.ACTIVE)
            _refuse_in_use(row, self._work(purpose).before_active(db, version))
        self._try(row)
        with self._sql.begin() as db:
            known = store.list_for_change(db, purpose)
            row = _found(known, purpose, version)
            self.check(row, KeyState.ACTIVE)
            # The old one first: at most one may be active, and the table says so.
            for old in known:
                if old.state is KeyState.ACTIVE:
                    self._move(db, old, KeyState.VERIFY_ONLY, actor)
            self._move(db, row, KeyState.ACTIVE, actor)

    def _retire(self, purpose: str, version: int, actor: Actor) -> None:
        with self._sql.once() as db:
            row = _found(store.list_versions(db, purpose), purpose, version)
            self.check(row, KeyState.RETIRED)
            # Counted outside the transaction: nothing is made under a version that has only opened for so long.
            _refuse_in_use(row, self._work(purpose).before_retired(db, version))
        with self._sql.begin() as db:
            row = _found(store.list_for_change(db, purpose), purpose, version)
            self.check(row, KeyState.RETIRED)
            self._move(db, row, KeyState.RETIRED, actor)

    def _try(self, row: Any) -> None:
        """Open the key before anything is sealed under it."""
        try:
            self._provider.unwrap(row.wrapped, place_of(row.purpose, row.version))
        except DeviceUnavailable:
            raise
        except (SealError, KeyUnusable):
            raise MoveRefused("unusable", kid=name_of(row.purpose, row.version)) from None

    def _move(self, db: Db, row: Any, wanted: KeyState, actor: Actor, **values: object) -> None:
        changed = {"state": wanted, STEPS[wanted]: instant(self._clock), **values}
        if not store.change_data_key(db, row.id, row.state, changed):
            raise Conflict("object.conflict", f"data key {row.purpose} {row.version} left {row.state}")
        self._audit.append(db, self._moved(row.purpose, row.version, row.state, wanted, actor))

    def _moved(self, purpose: str, version: int, old: KeyState, new: KeyState, actor: Actor) -> KeyMoved:
        return KeyMoved(
            actor=actor.name,
            object=name_of(purpose, version),
            place=actor.place,
            purpose=purpose,
            algorithm=PURPOSES[purpose].algorithm,
            old=old.value,
            new=new.value,
            reason=actor.reason,
        )

    def _refusing(self, name: str, wanted: KeyState, actor: Actor, act: Callable[[], T]) -> T:
        try:
            return act()
        except (MoveRefused, Conflict) as refused:
            reason = refused.reason if isinstance(refused, MoveRefused) else "conflict"
            self._audit.note(
                KeyMoveRefused(
                    actor=actor.name, object=name, place=actor.place, wanted=wanted.value, reason=reason
                )
            )
            raise

    def _work(self, purpose: str) -> Work:
        return self._works.get(purpose, _NO_ROWS)


_NO_ROWS: Final = NoRows()


def _found(rows: Sequence[Any], purpose: str, version: int) -> Any:
    for row in rows:
        if row.version == version:
            return row
    raise NotFound("key.unknown", kid=name_of(purpose, version))


def _refuse_in_use(row: Any, count: int) -> None:
    if count:
        raise MoveRefused("in_use", kid=name_of(row.purpose, row.version), count=count)


def _refuse_blocked(purpose: str, version: int, count: int) -> None:
    if count:
        raise MoveRefused("in_use", kid=name_of(purpose, version - 2), count=count)
