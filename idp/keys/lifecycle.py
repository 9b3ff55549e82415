"""The rules by which a key pair goes from one state to the next, and the acts that move it (GB/T 39786-2021 annex, CRY-11).

::

    created ──▶ published ──publish_seconds──▶ active ──successor──▶ verify_only ──verify_seconds──▶ retired
                    └────────────── emergency: at once ──▶ active          └── emergency: at once ──────▲
    retired ──retire_seconds and a ceremony──▶ destroyed
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from crypto.keys.handle import Algorithm, KeyHandle
from idp.audit.event import Place
from idp.audit.service import Audit
from idp.clock import Clock, instant
from idp.errors import Conflict, IdpError, NotFound
from idp.keys import store
from idp.keys.events import KeyMade, KeyMoved, KeyMoveRefused
from idp.keys.models import KeyPurpose, KeyState
from idp.keys.providers import Providers
from idp.keys.settings import KeysSettings
from idp.storage.engine import Db, Sql

NEXT: Final[Mapping[KeyState, KeyState]] = {
    KeyState.CREATED: KeyState.PUBLISHED,
    KeyState.PUBLISHED: KeyState.ACTIVE,
    KeyState.ACTIVE: KeyState.VERIFY_ONLY,
    KeyState.VERIFY_ONLY: KeyState.RETIRED,
    KeyState.RETIRED: KeyState.DESTROYED,
}
STEPS: Final[Mapping[KeyState, str]] = {
    KeyState.CREATED: "created_at",
    KeyState.PUBLISHED: "published_at",
    KeyState.ACTIVE: "activated_at",
    KeyState.VERIFY_ONLY: "verify_only_at",
    KeyState.RETIRED: "retired_at",
    KeyState.DESTROYED: "destroyed_at",
}
"""The column that tells when a key entered each state."""

SKEW: Final = timedelta(seconds=5)
"""How far the clocks of nodes may differ before a clock counts as set back."""


class MoveRefused(IdpError):
    """A key may not go to this state now. `reason`: state, early, clock or needed; `values` say since when it may."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(f"key.{reason}", reason, **values)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Actor:
    """Who moves keys, whence and why: `reason` is schedule, officer, emergency or ceremony."""

    name: str
    place: Place
    reason: str


def entered_at(row: Any, state: KeyState) -> datetime | None:
    """When a key entered a state, or None if it never did."""
    entered: datetime | None = getattr(row, STEPS[state])
    return entered


def latest_of(row: Any) -> datetime:
    """The last instant in a key's timeline."""
    return max(at for at in (entered_at(row, state) for state in KeyState) if at is not None)


def may_move_from(row: Any, settings: KeysSettings) -> datetime | None:
    """The earliest instant of the next step, None where time does not decide (an active key waits for its successor)."""
    dwell = {
        KeyState.CREATED: 0,
        KeyState.PUBLISHED: settings.publish_seconds,
        KeyState.VERIFY_ONLY: settings.verify_seconds,
        KeyState.RETIRED: settings.retire_seconds,
    }.get(row.state)
    since = entered_at(row, row.state)
    return None if dwell is None or since is None else since + timedelta(seconds=dwell)


def check_move(row: Any, wanted: KeyState, now: datetime, settings: KeysSettings) -> None:
    """Raise MoveRefused unless this key may go to `wanted` now: the next state, its time come, the clock not set back."""
    if NEXT.get(row.state) is not wanted:
        raise MoveRefused("state", kid=row.kid, state=row.state.value, wanted=wanted.value)
    if now + SKEW < latest_of(row):
        raise MoveRefused("clock", kid=row.kid, since=latest_of(row).isoformat())
    earliest = may_move_from(row, settings)
    if earliest is not None and now < earliest:
        raise MoveRefused("early", kid=row.kid, since=earliest.isoformat())


class Lifecycle:
    """Makes key pairs and moves them, each act in one transaction with its event."""

    def __init__(
        self, sql: Sql, clock: Clock, audit: Audit, providers: Providers, settings: KeysSettings
    ) -> None:
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._providers = providers
        self._settings = settings

    def make(self, purpose: KeyPurpose, algorithm: Algorithm, actor: Actor) -> str:
        """Make and publish the next key of a purpose and algorithm; its kid. Raises Conflict when there is one already."""
        with self._sql.begin() as db:
            self._check_clock(db)
            return self._add(db, purpose, algorithm, (KeyState.CREATED, KeyState.PUBLISHED), actor)

    def publish(self, kid: str, actor: Actor) -> None:
        """Put a created key into the key set."""
        self._step(kid, KeyState.PUBLISHED, actor)

    def activate(self, kid: str, actor: Actor) -> None:
        """Let a published key sign; the one that signed until now verifies only, in the same transaction."""
        self._step(kid, KeyState.ACTIVE, actor)

    def retire(self, kid: str, actor: Actor) -> None:
        """End the verification by a key whose tokens have all expired."""
        self._step(kid, KeyState.RETIRED, actor)

    def destroy(self, db: Db, kid: str, actor: Actor) -> None:
        """Destroy the private part of a retired key, within the transaction in which a ceremony is carried out.

        Raises MoveRefused before its time, NotFound for no such key.
        """
        row = self._found(db, kid)
        check_move(row, KeyState.DESTROYED, instant(self._clock), self._settings)
        self._change(db, row, KeyState.DESTROYED, actor, wrapped=None)
        self._providers.of(row.provider).destroy(
            KeyHandle(row.kid, row.algorithm, row.public_jwk), row.wrapped
        )

    def replace_now(self, purpose: KeyPurpose, algorithm: Algorithm, actor: Actor) -> str:
        """Emergency: a new key signs at once and the old one verifies nothing from now on; the new kid.

        Whoever holds a copy of the key set meets an unknown kid until it reads the set again.
        """
        with self._sql.begin() as db:
            self._check_clock(db)
            for row in store.list_key_pairs(db, purpose, *store.LIVE):
                if row.algorithm == algorithm:
                    self._change(db, row, KeyState.RETIRED, actor)
            states = (KeyState.CREATED, KeyState.PUBLISHED, KeyState.ACTIVE)
            return self._add(db, purpose, algorithm, states, actor)

    def _add(
        self, db: Db, purpose: KeyPurpose, algorithm: Algorithm, states: tuple[KeyState, ...], actor: Actor
    ) -> str:
        """Make a key that goes through these states at once."""
        maker = self._providers.maker(algorithm)
        made = maker.generate(algorithm)
        kid, now = made.handle.kid, instant(self._clock)
        row = new_row(made.handle, purpose, maker.name, made.wrapped)
        store.add_key_pair(
            db, row | {"state": states[-1]} | dict.fromkeys((STEPS[each] for each in states), now)
        )
        event = KeyMade(
            actor=actor.name,
            object=kid,
            place=actor.place,
            purpose=purpose.value,
            algorithm=algorithm,
            provider=maker.name,
        )
        self._audit.append(db, event, _moved(kid, purpose, algorithm, states[0], states[-1], actor))
        return kid

    def _step(self, kid: str, wanted: KeyState, actor: Actor) -> None:
        """Check and move in one transaction; a refusal is an event of its own."""
        try:
            with self._sql.begin() as db:
                row = self._found(db, kid)
                check_move(row, wanted, instant(self._clock), self._settings)
                if wanted is KeyState.ACTIVE:
                    self._stand_down(db, row, actor)
                self._change(db, row, wanted, actor)
        except (MoveRefused, Conflict) as refused:
            reason = refused.reason if isinstance(refused, MoveRefused) else "conflict"
            self._audit.note(
                KeyMoveRefused(
                    actor=actor.name, object=kid, place=actor.place, wanted=wanted.value, reason=reason
                )
            )
            raise

    def _found(self, db: Db, kid: str) -> Any:
        row = store.find_key_pair_for_change(db, kid)
        if row is None:
            raise NotFound("key.unknown", kid=kid)
        return row

    def _stand_down(self, db: Db, successor: Any, actor: Actor) -> None:
        """The active key gives way first: at most one may be active, and the table says so."""
        for row in store.list_key_pairs(db, successor.purpose, KeyState.ACTIVE):
            if row.algorithm == successor.algorithm:
                self._change(db, row, KeyState.VERIFY_ONLY, actor)

    def _change(self, db: Db, row: Any, wanted: KeyState, actor: Actor, **values: object) -> None:
        changed = {"state": wanted, STEPS[wanted]: instant(self._clock), **values}
        if not store.change_key_pair(db, row.kid, row.state, changed):
            raise Conflict("object.conflict", f"key {row.kid} left {row.state}")
        self._audit.append(db, _moved(row.kid, row.purpose, row.algorithm, row.state, wanted, actor))

    def _check_clock(self, db: Db) -> None:
        """A clock set back would make every least time meaningless: nothing is made until it is right again."""
        latest = store.latest_instant(db)
        if latest is not None and instant(self._clock) + SKEW < latest:
            raise MoveRefused("clock", kid="", since=latest.isoformat())


def _moved(
    kid: str, purpose: KeyPurpose, algorithm: str, old: KeyState, new: KeyState, actor: Actor
) -> KeyMoved:
    return KeyMoved(
        actor=actor.name,
        object=kid,
        place=actor.place,
        purpose=purpose.value,
        algorithm=algorithm,
        old=old.value,
        new=new.value,
        reason=actor.reason,
    )


def new_row(handle: KeyHandle, purpose: KeyPurpose, provider: str, wrapped: bytes) -> dict[str, object]:
    """A row of a new key pair, without its state."""
    return {
        "kid": handle.kid,
        "purpose": purpose,
        "algorithm": handle.algorithm,
        "provider": provider,
        "public_jwk": dict(handle.public_jwk),
        "wrapped": wrapped,
        "used": 0,
    }
