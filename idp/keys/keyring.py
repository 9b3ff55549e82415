"""The signing keys in use: who signs now, and what others verify with."""

from collections.abc import Mapping
from dataclasses import dataclass

from crypto.jose.jwks import public_set
from crypto.keys.handle import KeyHandle, KeyProvider, Signer, SigningAlgorithm
from idp.clock import Clock, instant
from idp.errors import Unavailable
from idp.keys import store
from idp.keys.models import KeyPurpose, KeyState
from idp.storage.engine import Sql
from idp.storage.stamps import Cached, Stamps

ALGORITHMS: tuple[SigningAlgorithm, ...] = ("ES256", "SGD_SM3_SM2")


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys as of one stamp: signer by algorithm, and every public key that is not retired."""

    signers: dict[str, Signer]
    jwks: Mapping[str, object]
    by_kid: Mapping[str, Mapping[str, object]]


class Keyring:
    """Signing keys from the store, opened by the key provider, cached per process."""

    def __init__(self, sql: Sql, provider: KeyProvider, stamps: Stamps, clock: Clock) -> None:
        self._sql = sql
        self._provider = provider
        self._clock = clock
        self._ring: Cached[Ring] = Cached(stamps, store.STAMP, self._load)

    def create_missing(self) -> None:
        """Make an active signing key for every algorithm that has none."""
        now = instant(self._clock)
        with self._sql.begin() as db:
            have = {row.algorithm for row in store.list_key_pairs(db, KeyPurpose.TOKEN, KeyState.ACTIVE)}
            for algorithm in ALGORITHMS:
                if algorithm in have:
                    continue
                made = self._provider.generate(algorithm)
                row = {
                    "kid": made.handle.kid,
                    "purpose": KeyPurpose.TOKEN,
                    "algorithm": algorithm,
                    "provider": self._provider.name,
                    "state": KeyState.ACTIVE,
                    "public_jwk": dict(made.handle.public_jwk),
                    "wrapped": made.wrapped,
                    "used": 0,
                    "created_at": now,
                    "published_at": now,
                    "activated_at": now,
                }
                store.add_key_pair(db, row)

    def signer(self, algorithm: str) -> Signer:
        """The active signer of an algorithm. Raises Unavailable when there is none."""
        try:
            return self._ring.value().signers[algorithm]
        except KeyError:
            raise Unavailable("svc.down", f"no active key for {algorithm}") from None

    def ring(self) -> Ring:
        """All keys as of now."""
        return self._ring.value()

    def check(self) -> None:
        """Raise unless every algorithm has an active signer."""
        for algorithm in ALGORITHMS:
            self.signer(algorithm)

    def _load(self) -> Ring:
        with self._sql.once() as db:
            rows = store.list_key_pairs(db, KeyPurpose.TOKEN)
        handles = {row.kid: KeyHandle(row.kid, row.algorithm, row.public_jwk) for row in rows}
        signers = {
            row.algorithm: self._provider.signer(handles[row.kid], row.wrapped)
            for row in rows
            if row.state is KeyState.ACTIVE
        }
        jwks = public_set(handles.values())
        by_kid = {str(jwk["kid"]): jwk for jwk in jwks["keys"]}
        return Ring(signers, jwks, by_kid)
