"""The key pairs of the internal authority: made for a request, active with a certificate, kept for the lists of before."""

from dataclasses import dataclass, field
from typing import Any

from crypto.errors import DeviceUnavailable
from crypto.keys.handle import SM2, KeyHandle
from crypto.x509.signing import RsSigner
from idp.audit.service import Audit
from idp.clock import Clock, instant
from idp.errors import Conflict, Unavailable
from idp.keys import store
from idp.keys.events import KeyMade, KeyMoved
from idp.keys.keyring import Keyring, handle_of
from idp.keys.lifecycle import STEPS, Actor, new_row
from idp.keys.models import KeyPurpose, KeyState
from idp.keys.providers import Providers
from idp.storage.engine import Db

PURPOSE = KeyPurpose.AUTHORITY


@dataclass(frozen=True, slots=True)
class AuthorityKey:
    """A key pair of the authority; `wrapped` is None once it is destroyed, `is_new` until it is stored."""

    handle: KeyHandle
    provider: str
    state: KeyState
    wrapped: bytes | None = field(repr=False)
    is_new: bool = False

    @property
    def kid(self) -> str:
        """Its id."""
        return self.handle.kid


class AuthorityKeys:
    """Makes, finds, moves and opens the authority's key pairs."""

    def __init__(self, keyring: Keyring, providers: Providers, clock: Clock, audit: Audit) -> None:
        """`providers` make keys, and open those that are not active; the keyring has the active one."""
        self._keyring = keyring
        self._providers = providers
        self._clock = clock
        self._audit = audit

    def waiting_or_new(self, db: Db) -> AuthorityKey:
        """The key that waits for its certificate, else one that `store` is still to keep."""
        waiting = self.list(db, KeyState.CREATED)
        if waiting:
            return waiting[-1]
        maker = self._providers.maker(SM2)
        made = maker.generate(SM2)
        return AuthorityKey(made.handle, maker.name, KeyState.CREATED, made.wrapped, is_new=True)

    def store(self, db: Db, key: AuthorityKey, actor: Actor) -> None:
        """Keep a new key, with its event."""
        row = new_row(key.handle, PURPOSE, key.provider, key.wrapped or b"")
        row |= {"state": key.state, STEPS[key.state]: instant(self._clock)}
        store.add_key_pair(db, row)
        event = KeyMade(
            actor=actor.name,
            object=key.kid,
            place=actor.place,
            purpose=PURPOSE.value,
            algorithm=key.handle.algorithm,
            provider=key.provider,
        )
        self._audit.append(db, event)

    def list(self, db: Db, state: KeyState) -> list[AuthorityKey]:
        """Keys in one state, oldest first."""
        return [_read(row) for row in store.list_key_pairs(db, PURPOSE, state)]

    def find(self, db: Db, kid: str) -> AuthorityKey | None:
        """The key of this id, or None when it is none of the authority's."""
        row = store.find_key_pair(db, kid)
        return None if row is None or row.purpose is not PURPOSE else _read(row)

    def succeed(self, db: Db, key: AuthorityKey, actor: Actor) -> None:
        """Let a key that waited sign from now on; the one before it verifies only. Raises Conflict when it left its state."""
        for old in self.list(db, KeyState.ACTIVE):
            self._move(db, old, actor, KeyState.VERIFY_ONLY)
        # It is in no key set, so that there is nothing to wait for between published and active.
        self._move(db, key, actor, KeyState.PUBLISHED, KeyState.ACTIVE)

    def signer(self, key: AuthorityKey) -> RsSigner:
        """The key, ready to sign; counted as every key is while it is active. Raises Unavailable without its device."""
        if key.state is KeyState.ACTIVE:
            return self._keyring.signer_of(PURPOSE, key.handle.algorithm)
        try:
            return self._providers.of(key.provider).signer(key.handle, key.wrapped or b"")
        except DeviceUnavailable:
            raise Unavailable("svc.down", f"key device {key.provider} does not answer") from None

    def _move(self, db: Db, key: AuthorityKey, actor: Actor, *states: KeyState) -> None:
        now = instant(self._clock)
        values: dict[str, object] = {"state": states[-1], **{STEPS[state]: now for state in states}}
        if not store.change_key_pair(db, key.kid, key.state, values):
            raise Conflict("object.conflict", f"key {key.kid} left {key.state}")
        event = KeyMoved(
            actor=actor.name,
            object=key.kid,
            place=actor.place,
            purpose=PURPOSE.value,
            algorithm=key.handle.algorithm,
            old=key.state.value,
            new=states[-1].value,
            reason=actor.reason,
        )
        self._audit.append(db, event)


def _read(row: Any) -> AuthorityKey:
    return AuthorityKey(handle_of(row), row.provider, row.state, row.wrapped)
