"""Keys in this process's memory, stored only under a root key (SM4-GCM).

For development, tests and provinces without a device; a device provider takes this one's place without other
changes.
"""

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from crypto import compare
from crypto.errors import KeyUnusable
from crypto.keys import jwk
from crypto.keys.handle import ES256, SM2, Algorithm, GeneratedKey, KeyHandle, Signer
from crypto.seal import Sealer
from crypto.sm import sm2
from crypto.sm.engine.port import PreparedSigner
from crypto.tokens import random_bytes

ROOT_KEY_SIZE: Final = 16
KNOWN_ROOT_KEYS: Final = frozenset(
    {bytes((byte,)) * ROOT_KEY_SIZE for byte in range(256)}
    | {
        bytes.fromhex("0123456789abcdeffedcba9876543210"),  # GM/T 0002 annex A, RFC 8998 annex A
        bytes.fromhex("0123456789abcdef0123456789abcdef"),
        bytes(range(16)),
        bytes(range(1, 17)),
        b"1234567812345678",
        b"1234567890123456",
        b"0123456789abcdef",
        b"0123456789ABCDEF",
    }
)

_SCALAR_SIZE = 32
_KID_LENGTH = 16
_ROOT_KEY_ID = 1
_SHA256 = ec.ECDSA(hashes.SHA256())


def new_root_key() -> bytes:
    """Give a fresh root key of 16 bytes."""
    return random_bytes(ROOT_KEY_SIZE)


def is_known(root_key: bytes) -> bool:
    """Say whether this root key stands in public: one repeated byte, counting, or a published test vector."""
    return root_key in KNOWN_ROOT_KEYS


class SoftwareKeys:
    """The provider of ``handle.KeyProvider`` in memory. Safe to share between threads."""

    __slots__ = ("_sealer",)

    def __init__(self, root_key: bytes) -> None:
        """Take the root key of 16 bytes; raises KeyUnusable for another size or a publicly known key."""
        if is_known(root_key):
            raise KeyUnusable("the root key is publicly known: make one with new_root_key()")
        self._sealer = Sealer({_ROOT_KEY_ID: root_key}, _ROOT_KEY_ID)

    @property
    def name(self) -> str:
        return "software"

    def generate(self, algorithm: Algorithm) -> GeneratedKey:
        """Make a key pair; kid is the first 16 characters of its thumbprint (RFC 7638)."""
        d, form = _GENERATORS[algorithm]()
        kid = jwk.thumbprint(form)[:_KID_LENGTH]
        handle = KeyHandle(kid, algorithm, {**form, "kid": kid, "alg": algorithm, "use": "sig"})
        return GeneratedKey(handle, self.wrap(d, _purpose(handle)))

    def signer(self, handle: KeyHandle, wrapped: bytes) -> Signer:
        """Load a key.

        Raises SealError when it does not unwrap, KeyUnusable when it is not the handle's key.
        """
        return _SIGNERS[handle.algorithm](handle, self.unwrap(wrapped, _purpose(handle)))

    def wrap(self, key: bytes, purpose: str) -> bytes:
        """Wrap key bytes under the root key for one purpose."""
        return self._sealer.seal(key, "wrapped-key", purpose)

    def unwrap(self, wrapped: bytes, purpose: str) -> bytes:
        """Give wrapped key bytes; raises SealError under another root key or for another purpose."""
        return self._sealer.open(wrapped, "wrapped-key", purpose)


class _Es256Signer:
    """ECDSA on P-256 with SHA-256 (RFC 7518 §3.4)."""

    __slots__ = ("_key", "handle")

    def __init__(self, handle: KeyHandle, d: bytes) -> None:
        try:
            self._key = ec.derive_private_key(int.from_bytes(d, "big"), ec.SECP256R1())
        except ValueError:
            raise KeyUnusable("a P-256 private key is out of range") from None
        self.handle = handle
        _check_pair(handle, _p256_public(self._key))

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self._key.sign(data, _SHA256))
        return r.to_bytes(_SCALAR_SIZE, "big") + s.to_bytes(_SCALAR_SIZE, "big")


class _Sm2Signer:
    """SM2 with SM3 under the default identity, hashed with Z (GM/T 0003.2; GM/T 0125.2)."""

    __slots__ = ("_prepared", "handle")

    def __init__(self, handle: KeyHandle, d: bytes) -> None:
        engine = sm2.engine()
        _check_pair(handle, engine.public_key(d))
        self.handle = handle
        self._prepared: PreparedSigner = engine.load_signer(d, sm2.DEFAULT_IDENTITY)

    def sign(self, data: bytes) -> bytes:
        return self._prepared.sign(data)


def _generate_es256() -> tuple[bytes, dict[str, str]]:
    key = ec.generate_private_key(ec.SECP256R1())
    d = key.private_numbers().private_value.to_bytes(_SCALAR_SIZE, "big")
    return d, jwk.elliptic_jwk("P-256", _p256_public(key))


def _generate_sm2() -> tuple[bytes, dict[str, str]]:
    engine = sm2.engine()
    d = engine.generate()
    return d, jwk.elliptic_jwk("SM2", engine.public_key(d))


def _p256_public(key: ec.EllipticCurvePrivateKey) -> bytes:
    numbers = key.public_key().public_numbers()
    return numbers.x.to_bytes(_SCALAR_SIZE, "big") + numbers.y.to_bytes(_SCALAR_SIZE, "big")


def _check_pair(handle: KeyHandle, public: bytes) -> None:
    if not compare.equal(public, jwk.elliptic_public(handle.public_jwk)):
        raise KeyUnusable("the private key is not the one its handle names")


def _purpose(handle: KeyHandle) -> str:
    return f"sign/{handle.algorithm}/{handle.kid}"


_GENERATORS: Final[dict[Algorithm, Callable[[], tuple[bytes, dict[str, str]]]]] = {
    ES256: _generate_es256,
    SM2: _generate_sm2,
}
_SIGNERS: Final[dict[Algorithm, Callable[[KeyHandle, bytes], Signer]]] = {
    ES256: _Es256Signer,
    SM2: _Sm2Signer,
}
