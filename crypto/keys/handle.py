"""What a key is to the rest of the house: a handle to name it, a signer to use it, a provider to keep it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

Algorithm = Literal["ES256", "SGD_SM3_SM2"]

ES256: Final = "ES256"
SM2: Final = "SGD_SM3_SM2"


@dataclass(frozen=True, slots=True)
class KeyHandle:
    """Names one key pair. ``public_jwk`` has kty, crv, x, y, kid, alg and use (RFC 7517; GM/T 0125.4)."""

    kid: str
    algorithm: Algorithm
    public_jwk: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class GeneratedKey:
    """A fresh key pair: its handle and its private part as the provider wraps it, fit to be stored."""

    handle: KeyHandle
    wrapped: bytes = field(repr=False)


class Signer(Protocol):
    """A private key ready to sign. Safe to share between threads and to carry over a fork."""

    @property
    def handle(self) -> KeyHandle:
        """The key that signs."""

    def sign(self, data: bytes) -> bytes:
        """Sign data in the form of JWS: 64 bytes r‖s (RFC 7518 §3.4; GM/T 0125.2)."""


class KeyProvider(Protocol):
    """Keeps private keys: in software, in an HSM, in a domestic cryptographic machine."""

    @property
    def name(self) -> str:
        """Short name for logs and the officers' console."""

    def generate(self, algorithm: Algorithm) -> GeneratedKey:
        """Make a key pair."""

    def signer(self, handle: KeyHandle, wrapped: bytes) -> Signer:
        """Load a key.

        Raises SealError when it does not unwrap, KeyUnusable when it is not the handle's key.
        """

    def wrap(self, key: bytes, purpose: str) -> bytes:
        """Wrap key bytes under the root key for one purpose."""

    def unwrap(self, wrapped: bytes, purpose: str) -> bytes:
        """Give wrapped key bytes; raises SealError under another root key or for another purpose."""
