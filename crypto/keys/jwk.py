"""The public JWK form of keys and its thumbprint (RFC 7518 §6, RFC 8037 §2, RFC 7638; GM/T 0125.4)."""

import hashlib
from collections.abc import Mapping
from typing import Final

import orjson

from crypto import base64url
from crypto.errors import KeyUnusable

PUBLIC_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "EC": ("crv", "x", "y"),
    "OKP": ("crv", "x"),
    "RSA": ("n", "e"),
}
"""The members of each key type that make the key itself; nothing private is among them."""
PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})

MIN_RSA_BITS: Final = 2048
MAX_RSA_BITS: Final = 8192
MAX_RSA_EXPONENT: Final = 2**32

_COORDINATE_SIZE = 32


def elliptic_jwk(crv: str, public: bytes) -> dict[str, str]:
    """Write a public key of 64 bytes x‖y as {kty, crv, x, y}."""
    if len(public) != 2 * _COORDINATE_SIZE:
        raise KeyUnusable("an elliptic public key has 64 bytes")
    return {
        "kty": "EC",
        "crv": crv,
        "x": base64url.encode(public[:_COORDINATE_SIZE]),
        "y": base64url.encode(public[_COORDINATE_SIZE:]),
    }


def elliptic_public(jwk: Mapping[str, object]) -> bytes:
    """Read x‖y of an EC JWK on a 256-bit curve (RFC 7518 §6.2.1.2).

    Raises KeyUnusable unless both have 32 bytes.
    """
    return _coordinate(jwk, "x") + _coordinate(jwk, "y")


def edwards_jwk(crv: str, public: bytes) -> dict[str, str]:
    """Write a public key of 32 bytes as {kty, crv, x} (RFC 8037 §2)."""
    if len(public) != _COORDINATE_SIZE:
        raise KeyUnusable("an Edwards public key has 32 bytes")
    return {"kty": "OKP", "crv": crv, "x": base64url.encode(public)}


def edwards_public(jwk: Mapping[str, object]) -> bytes:
    """Read the 32 bytes of an OKP JWK (RFC 8037 §2); raises KeyUnusable."""
    return _coordinate(jwk, "x")


def rsa_jwk(n: int, e: int) -> dict[str, str]:
    """Write a modulus and an exponent as {kty, n, e}, without leading zero bytes (RFC 7518 §6.3.1)."""
    return {"kty": "RSA", "n": base64url.encode(_big_endian(n)), "e": base64url.encode(_big_endian(e))}


def rsa_public(jwk: Mapping[str, object]) -> tuple[int, int]:
    """Read modulus and exponent of an RSA JWK (RFC 7518 §6.3.1).

    Raises KeyUnusable unless the modulus has 2,048 to 8,192 bits and the exponent is odd, from 3 to below 2^32.
    """
    # The length of the text first: a huge modulus would cost time to read and to verify with.
    texts = [jwk.get(name) for name in ("n", "e")]
    if not all(isinstance(text, str) and len(text) <= MAX_RSA_BITS // 6 + 2 for text in texts):
        raise KeyUnusable("the RSA JWK has no n and e of a size that is accepted")
    try:
        n, e = (int.from_bytes(base64url.decode(str(text)), "big") for text in texts)
    except ValueError:
        raise KeyUnusable("n and e of an RSA JWK are base64url") from None
    if not MIN_RSA_BITS <= n.bit_length() <= MAX_RSA_BITS:
        raise KeyUnusable("the RSA key has a size that is not accepted")
    if not (3 <= e < MAX_RSA_EXPONENT and e % 2):
        raise KeyUnusable("the RSA key has an exponent that is not accepted")
    return n, e


def thumbprint(jwk: Mapping[str, object]) -> str:
    """Give the base64url SHA-256 thumbprint of a JWK (RFC 7638 §3; for SM2 the members of EC, with its crv).

    Raises KeyUnusable when the type is unknown or a required member is missing.
    """
    return _thumbprint(jwk, "sha256")


def thumbprint_sm3(jwk: Mapping[str, object]) -> str:
    """Give the same thumbprint by SM3: between our own parties only, where no RFC asks for SHA-256.

    Raises KeyUnusable as ``thumbprint`` does.
    """
    return _thumbprint(jwk, "sm3")


def _thumbprint(jwk: Mapping[str, object], hash_name: str) -> str:
    members = PUBLIC_MEMBERS.get(str(jwk.get("kty")), ())
    required = {name: jwk.get(name) for name in (*members, "kty")}
    if not members or not all(isinstance(value, str) for value in required.values()):
        raise KeyUnusable("the JWK has no thumbprint")
    canonical = orjson.dumps(required, option=orjson.OPT_SORT_KEYS)
    return base64url.encode(hashlib.new(hash_name, canonical).digest())


def _coordinate(jwk: Mapping[str, object], name: str) -> bytes:
    text = jwk.get(name)
    try:
        part = base64url.decode(text) if isinstance(text, str) else b""
    except ValueError:
        part = b""
    if len(part) != _COORDINATE_SIZE:
        raise KeyUnusable("a coordinate of a JWK has 32 bytes of base64url")
    return part


def _big_endian(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
