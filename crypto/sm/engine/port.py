"""What ``crypto.sm`` asks of a library that knows SM2.

Shapes: a private key ``d`` is 32 bytes big endian; a public key is 64 bytes x‖y; a digest ``e`` is 32 bytes,
SM3(Z‖M); a signature is 64 bytes r‖s; a ciphertext is 04‖x‖y‖C3‖C2.
"""

from typing import Protocol


class PreparedSigner(Protocol):
    """A private key loaded once for one identity. Safe to share between threads and to carry over a fork."""

    def sign(self, data: bytes) -> bytes:
        """Sign data and give r‖s (GM/T 0003.2 §6.1)."""


class Engine(Protocol):
    """SM2 by one library. Safe to share between threads and to carry over a fork."""

    @property
    def name(self) -> str:
        """Name and version of the library, as the start-up log and ``yihao health`` show it."""

    @property
    def is_unsafe(self) -> bool:
        """Whether the library leaks secrets by its timing, so that no production key may reach it."""

    def generate(self) -> bytes:
        """Give a fresh private key in 1..n-2."""

    def public_key(self, d: bytes) -> bytes:
        """Give the public key of d; raises KeyUnusable when d is out of range."""

    def check_public(self, public: bytes) -> None:
        """Accept a point on the curve; raises KeyUnusable otherwise."""

    def load_signer(self, d: bytes, identity: bytes) -> PreparedSigner:
        """Prepare d for many signatures under one identity; raises KeyUnusable when d is out of range."""

    def sign(self, d: bytes, digest_e: bytes) -> bytes:
        """Sign one digest; raises KeyUnusable when d is out of range, ValueError for another digest size."""

    def verify(self, public: bytes, digest_e: bytes, rs: bytes) -> None:
        """Accept a signature; raises VerificationError, or KeyUnusable for a bad public key."""

    def encrypt(self, public: bytes, plaintext: bytes) -> bytes:
        """Encrypt a plaintext of at least one byte.

        Raises SealError when empty, KeyUnusable for a bad public key.
        """

    def decrypt(self, d: bytes, ciphertext: bytes) -> bytes:
        """Give the plaintext; raises SealError when the ciphertext is malformed or altered."""

    def shared_point(self, d: bytes, ephemeral_d: bytes, public: bytes, ephemeral: bytes) -> bytes:
        """Give the point x‖y that key agreement shares (GM/T 0003.3 §6.1 A5..A7, B3..B6).

        Own static and ephemeral private keys, then the other side's static and ephemeral public keys. Raises
        KeyUnusable for a key out of range or off the curve, and when the sum is the point at infinity.
        """
