"""The SM2 curve (GM/T 0003.5): parameters, checks of points and scalars, Z and the message digest."""

from typing import Final

from crypto.errors import KeyUnusable
from crypto.sm import sm3

P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC
B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
GX: Final = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
GY: Final = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0

SCALAR_SIZE: Final = 32
POINT_SIZE: Final = 64
DEFAULT_IDENTITY: Final = b"1234567812345678"

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


def z_value(public: bytes, identity: bytes) -> bytes:
    """Give Z, 32 bytes: SM3(ENTL‖ID‖a‖b‖G‖P) (GM/T 0003.2 §5.5).

    The public key is x‖y, already checked; raises ValueError for an identity of more than 8,191 bytes.
    """
    if len(identity) > _MAX_IDENTITY:
        raise ValueError("the identity is too long")
    length_in_bits = (len(identity) * 8).to_bytes(2, "big")
    return sm3.digest(length_in_bits + identity + _CURVE_BYTES + public)


def message_digest(public: bytes, data: bytes, identity: bytes) -> bytes:
    """Give e, 32 bytes: SM3(Z‖M), the value that SM2 signs (GM/T 0003.2 §6.1)."""
    return sm3.digest(z_value(public, identity) + data)
