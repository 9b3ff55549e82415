"""What a key is to the rest of the house: a handle to name it, a signer or decrypter to use it, a provider to keep it.

The shape follows the device interface of GM/T 0018 (SDF): a key may live inside a device and never leave it; what is
stored here is then a reference in place of wrapped bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

SigningAlgorithm = Literal["ES256", "EdDSA", "RS256", "PS256", "SGD_SM3_SM2"]
DecryptionAlgorithm = Literal["SGD_SM2_3", "ECDH-ES"]
Algorithm = SigningAlgorithm | DecryptionAlgorithm

ES256: Final = "ES256"
EDDSA: Final = "EdDSA"
RS256: Final = "RS256"
PS256: Final = "PS256"
SM2: Final = "SGD_SM3_SM2"
SM2_ENCRYPTION: Final = "SGD_SM2_3"
ECDH_ES: Final = "ECDH-ES"

SIGNING: Final[tuple[SigningAlgorithm, ...]] = (ES256, EDDSA, RS256, PS256, SM2)
DECRYPTION: Final[tuple[DecryptionAlgorithm, ...]] = (SM2_ENCRYPTION, ECDH_ES)


@dataclass(frozen=True, slots=True)
class KeyHandle:
    """Names one key pair. ``public_jwk`` has the public members of its kty, kid, alg and use (RFC 7517; GM/T 0125.4).

    ``use`` is ``sig`` for signing algorithms and ``enc`` for decryption.
    """

    kid: str
    algorithm: Algorithm
    public_jwk: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class GeneratedKey:
    """A fresh key pair: its handle and what the provider needs to find it again, fit to be stored.

    ``wrapped`` is the private part under the provider's root key, or an authenticated reference into a device.
    """

    handle: KeyHandle
    wrapped: bytes = field(repr=False)


class Signer(Protocol):
    """A private key ready to sign. Safe to share between threads and to carry over a fork."""

    @property
    def handle(self) -> KeyHandle:
        """The key that signs."""

    def sign(self, data: bytes) -> bytes:
        """Sign data in the form of JWS (RFC 7518 §3; GM/T 0125.2): 64 bytes r‖s for ES256 and SM2.

        Raises DeviceUnavailable when the device or service that keeps the key does not answer.
        """


class Decrypter(Protocol):
    """A private key ready to decrypt. Safe to share between threads and to carry over a fork."""

    @property
    def handle(self) -> KeyHandle:
        """The key that decrypts."""

    def decrypt(self, ciphertext: bytes) -> bytes:
        """Open an SM2 ciphertext 04‖x‖y‖C3‖C2 (SGD_SM2_3).

        Raises SealError for a malformed or altered one, KeyUnusable for a key of another algorithm, DeviceUnavailable.
        """

    def agree(self, public: bytes) -> bytes:
        """Give Z, 32 bytes, with the sender's ephemeral key of 64 bytes x‖y (ECDH-ES on P-256, RFC 7518 §4.6).

        Raises KeyUnusable for a point off the curve or a key of another algorithm, DeviceUnavailable.
        """


class KeyProvider(Protocol):
    """Keeps private keys: in software, in an HSM, in a domestic cryptographic machine, behind a key service.

    Every method but ``name`` and ``algorithms`` raises DeviceUnavailable when the device or service does not answer,
    and works again by itself once it does.
    """

    @property
    def name(self) -> str:
        """Short name, stored with each key: software, pkcs11, sdf or remote."""

    @property
    def algorithms(self) -> frozenset[Algorithm]:
        """What it can generate and use."""

    def generate(self, algorithm: Algorithm) -> GeneratedKey:
        """Make a key pair; raises KeyUnusable for an algorithm that is not among ``algorithms``."""

    def signer(self, handle: KeyHandle, wrapped: bytes) -> Signer:
        """Load a signing key.

        Raises SealError when it does not unwrap, KeyUnusable when it is not the handle's key.
        """

    def decrypter(self, handle: KeyHandle, wrapped: bytes) -> Decrypter:
        """Load a decryption key; raises as ``signer`` does."""

    def wrap(self, key: bytes, purpose: str) -> bytes:
        """Wrap key bytes under the root key for one purpose."""

    def unwrap(self, wrapped: bytes, purpose: str) -> bytes:
        """Give wrapped key bytes; raises SealError under another root key or for another purpose."""

    def rewrap(self, generated: GeneratedKey) -> bytes:
        """Give the stored part of a key pair under the current root key; a device's reference may stay as it is."""

    def destroy(self, handle: KeyHandle, wrapped: bytes) -> None:
        """Remove the private part from the device, for good; nothing to do where it is only wrapped bytes."""

    def random(self, n: int) -> bytes:
        """Give n random bytes of the device's generator."""

    def check(self) -> None:
        """Raise DeviceUnavailable unless the device or service answers now."""
