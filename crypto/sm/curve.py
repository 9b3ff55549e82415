"""The SM2 curve (GM/T 0003.5): parameters, checks of points and numbers, Z and the message digest."""

from typing import Final

from crypto.errors import KeyUnusable, VerificationError
from crypto.sm import sm3
from crypto.tokens import random_bytes

P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC
B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
GX: Final = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
GY: Final = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0

SCALAR_SIZE: Final = 32
POINT_SIZE: Final = 64
DIGEST_SIZE: Final = sm3.DIGEST_SIZE
DEFAULT_IDENTITY: Final = b"1234567812345678"

# w of GM/T 0003.3 §6.1: half the bits of n, rounded up, less one.
_HALF_BITS = 127
_MAX_IDENTITY = 0xFFFF // 8
_CURVE_BYTES = b"".join(number.to_bytes(SCALAR_SIZE, "big") for number in (A, B, GX, GY))


def check_public(public: bytes) -> None:
    """Accept 64 bytes x‖y of a point on the curve; raises KeyUnusable otherwise (GM/T 0003.1 §6.2.1).

    The cofactor is 1, so every point on the curve has order n; infinity has no x‖y form and fails the
    equation.
    """
    if len(public) != POINT_SIZE:
        raise KeyUnusable("an SM2 public key has 64 bytes")
    x = int.from_bytes(public[:SCALAR_SIZE], "big")
    y = int.from_bytes(public[SCALAR_SIZE:], "big")
    if x >= P or y >= P:
        raise KeyUnusable("an SM2 coordinate is out of range")
    if (y * y - x * x * x - A * x - B) % P:
        raise KeyUnusable("an SM2 public key is not on the curve")


def check_private(d: bytes) -> None:
    """Accept a 32-byte scalar in 1..n-2; raises KeyUnusable otherwise (GM/T 0003.1 §6.1)."""
    if len(d) != SCALAR_SIZE:
        raise KeyUnusable("an SM2 private key has 32 bytes")
    if not 1 <= int.from_bytes(d, "big") <= N - 2:
        raise KeyUnusable("an SM2 private key is out of range")


def check_digest(digest_e: bytes) -> None:
    """Accept the 32 bytes of e that are to be signed; raises ValueError otherwise."""
    if len(digest_e) != DIGEST_SIZE:
        raise ValueError("an SM2 digest has 32 bytes")


def check_presented_digest(digest_e: bytes) -> None:
    """Accept the 32 bytes of e that a signature is to be checked over; raises VerificationError otherwise."""
    if len(digest_e) != DIGEST_SIZE:
        raise VerificationError("an SM2 digest has 32 bytes")


def random_scalar(highest: int) -> bytes:
    """Give a number drawn evenly from 1..highest, 32 bytes big endian (GM/T 0003.1 §6.1)."""
    while True:
        drawn = random_bytes(SCALAR_SIZE)
        if 1 <= int.from_bytes(drawn, "big") <= highest:
            return drawn


def z_value(public: bytes, identity: bytes) -> bytes:
    """Give Z, 32 bytes: SM3(ENTL‖ID‖a‖b‖G‖P) (GM/T 0003.2 §5.5).

    The public key is x‖y, already checked; raises ValueError for an identity of more than 8,191 bytes.
    """
    return sm3.digest(z_input(public, identity))


def z_input(public: bytes, identity: bytes) -> bytes:
    """Give ENTL‖ID‖a‖b‖G‖P, whose digest is Z; takes and refuses what ``z_value`` does."""
    if len(identity) > _MAX_IDENTITY:
        raise ValueError("the identity is too long")
    length_in_bits = (len(identity) * 8).to_bytes(2, "big")
    return length_in_bits + identity + _CURVE_BYTES + public


def message_digest(public: bytes, data: bytes, identity: bytes) -> bytes:
    """Give e, 32 bytes: SM3(Z‖M), the value that SM2 signs (GM/T 0003.2 §6.1)."""
    return sm3.digest(z_value(public, identity) + data)


def reduced_x(public: bytes) -> bytes:
    """Give x̄ = 2^w + (x mod 2^w) of a point, 16 bytes (GM/T 0003.3 §6.1 A4, B3)."""
    top = 1 << _HALF_BITS
    x = int.from_bytes(public[:SCALAR_SIZE], "big")
    return (top | x & (top - 1)).to_bytes(_HALF_BITS // 8 + 1, "big")
