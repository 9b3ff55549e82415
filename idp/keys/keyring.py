"""The signing keys in use: who signs now, and what others verify with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crypto.errors import KeyUnusable
from crypto.jose.jwks import public_set
from crypto.keys.handle import Algorithm, Decrypter, KeyHandle, SigningAlgorithm
from idp.clock import Clock, instant
from idp.errors import Unavailable
from idp.keys import store
from idp.keys.alarms import Alarms
from idp.keys.lifecycle import STEPS, new_row
from idp.keys.models import KeyPurpose, KeyState
from idp.keys.providers import Providers
from idp.keys.signers import LiveSigner
from idp.keys.usage import Usage
from idp.storage.engine import Sql
from idp.storage.stamps import Cached, Stamps

ALGORITHMS: tuple[SigningAlgorithm, ...] = ("ES256", "SGD_SM3_SM2")
"""What tokens are signed with."""

WANTED: tuple[tuple[KeyPurpose, Algorithm], ...] = (
    (KeyPurpose.TOKEN, "ES256"),
    (KeyPurpose.TOKEN, "SGD_SM3_SM2"),
    (KeyPurpose.FEDERATION, "ES256"),
    (KeyPurpose.CHECKPOINT, "SGD_SM3_SM2"),
    (KeyPurpose.EVIDENCE, "SGD_SM3_SM2"),
    (KeyPurpose.REGISTRY, "SGD_SM3_SM2"),
    (KeyPurpose.TRANSPORT, "ECDH-ES"),
    (KeyPurpose.TRANSPORT, "SGD_SM2_3"),
)
"""Every purpose with its algorithms: an instance has an active key of each."""


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys as of one stamp: active signers, the key set, token keys by kid, every key that ever signed evidence, and
    kids that verify nothing any more.
    """

    signers: Mapping[tuple[KeyPurpose, str], LiveSigner]
    tokens: Mapping[str, LiveSigner]
    jwks: Mapping[str, object]
    by_kid: Mapping[str, Mapping[str, object]]
    transport: Mapping[str, tuple[KeyHandle, str, bytes]]
    evidence: tuple[Mapping[str, object], ...]
    ended: frozenset[str]


class Keyring:
    """Key pairs from the store, opened by what keeps them, cached per process."""

    def __init__(
        self,
        sql: Sql,
        providers: Providers,
        stamps: Stamps,
        clock: Clock,
        alarms: Alarms,
    ) -> None:
        self._sql = sql
        self._providers = providers
        self._clock = clock
        self._alarms = alarms
        self.usage = Usage(self._write_uses)
        self._ring: Cached[Ring] = Cached(stamps, store.STAMP, self._load)

    def create_missing(self) -> None:
        """Make an active key of every wanted purpose and algorithm that has none."""
        now = instant(self._clock)
        with self._sql.begin() as db:
            have = {(row.purpose, row.algorithm) for row in store.list_all_key_pairs(db) if _is_active(row)}
            for purpose, algorithm in WANTED:
                if (purpose, algorithm) in have:
                    continue
                maker = self._providers.maker(algorithm)
                made = maker.generate(algorithm)
                row = new_row(made.handle, purpose, maker.name, made.wrapped)
                row["state"] = KeyState.ACTIVE
                row |= dict.fromkeys(
                    (STEPS[state] for state in (KeyState.CREATED, KeyState.PUBLISHED, KeyState.ACTIVE)), now
                )
                store.add_key_pair(db, row)

    def signer(self, algorithm: str) -> LiveSigner:
        """The active token signer of an algorithm. Raises Unavailable when there is none."""
        try:
            return self._ring.value().tokens[algorithm]
        except KeyError:
            raise Unavailable("svc.down", f"no active key for {algorithm}") from None

    def signer_of(self, purpose: KeyPurpose, algorithm: str) -> LiveSigner:
        """The active signer of a purpose. Raises Unavailable when there is none."""
        found = self._ring.value().signers.get((purpose, algorithm))
        if found is None:
            raise Unavailable("svc.down", f"no active key for {purpose} {algorithm}")
        return found

    def decrypter(self, kid: str) -> Decrypter:
        """The transport key of this kid. Raises KeyUnusable when it is not in the key set for encryption."""
        found = self._ring.value().transport.get(kid)
        if found is None:
            raise KeyUnusable("no such decryption key")
        handle, provider, wrapped = found
        return self._providers.of(provider).decrypter(handle, wrapped)

    def ring(self) -> Ring:
        """All keys as of now."""
        return self._ring.value()

    def met(self, kid: str) -> None:
        """Tell the operators when a token came back under a key that ended; unknown kids are nobody's news."""
        if kid in self._ring.value().ended:
            self._alarms.retired_met(kid)

    def check(self) -> None:
        """Raise unless every token algorithm has an active key."""
        for algorithm in ALGORITHMS:
            self.signer(algorithm)

    def open_all(self) -> None:
        """Load every active signer: raises SealError or KeyUnusable for one that was damaged or moved.

        A device that does not answer is an alarm and no reason to refuse the start: verification goes on without it.
        """
        self.check()
        for signer in self._ring.value().signers.values():
            try:
                signer.load()
            except Unavailable:
                continue

    def _load(self) -> Ring:
        with self._sql.once() as db:
            rows = store.list_all_key_pairs(db)
        live = [row for row in rows if row.state in store.LIVE]
        signers = {
            (row.purpose, row.algorithm): self._signer(row)
            for row in live
            if _is_active(row) and row.purpose is not KeyPurpose.TRANSPORT
        }
        public = [row for row in live if row.purpose in {KeyPurpose.TOKEN, KeyPurpose.TRANSPORT}]
        jwks = public_set(handle_of(row) for row in public)
        tokens = {row.kid for row in live if row.purpose is KeyPurpose.TOKEN}
        return Ring(
            signers=signers,
            tokens={
                algorithm: signer
                for (purpose, algorithm), signer in signers.items()
                if purpose is KeyPurpose.TOKEN
            },
            jwks=jwks,
            by_kid={str(jwk["kid"]): jwk for jwk in jwks["keys"] if jwk["kid"] in tokens},
            transport={
                row.kid: (handle_of(row), row.provider, row.wrapped)
                for row in live
                if row.purpose is KeyPurpose.TRANSPORT
            },
            # What was signed for the record stays provable after its key has ended.
            evidence=tuple(handle_of(row).public_jwk for row in rows if row.purpose is KeyPurpose.EVIDENCE),
            ended=frozenset(row.kid for row in rows if row.state in {KeyState.RETIRED, KeyState.DESTROYED}),
        )

    def _signer(self, row: Any) -> LiveSigner:
        handle, wrapped = handle_of(row), row.wrapped
        used_elsewhere = row.used - self.usage.written(row.kid)
        return LiveSigner(
            handle,
            row.provider,
            lambda: self._providers.of(row.provider).signer(handle, wrapped),
            used_elsewhere,
            self.usage,
            self._alarms,
        )

    def _write_uses(self, uses: dict[str, int]) -> None:
        with self._sql.begin() as db:
            store.add_uses(db, uses)


def handle_of(row: Any) -> KeyHandle:
    """The handle of a key pair's row."""
    return KeyHandle(row.kid, row.algorithm, row.public_jwk)


def _is_active(row: Any) -> bool:
    return row.state is KeyState.ACTIVE
