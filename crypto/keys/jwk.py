"""The public JWK form of elliptic keys and its thumbprint (RFC 7518 §6.2, RFC 7638; GM/T 0125.4)."""

import hashlib
from collections.abc import Mapping

import orjson

from crypto import base64url
from crypto.errors import KeyUnusable

_COORDINATE_SIZE = 32
_THUMBPRINT_MEMBERS = {
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
    "RSA": ("e", "kty", "n"),
}


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
    parts = []
    for name in ("x", "y"):
        text = jwk.get(name)
        try:
            part = base64url.decode(text) if isinstance(text, str) else b""
        except ValueError:
            part = b""
        if len(part) != _COORDINATE_SIZE:
            raise KeyUnusable("a coordinate of an elliptic JWK has 32 bytes of base64url")
        parts.append(part)
    return b"".join(parts)


def thumbprint(jwk: Mapping[str, object]) -> str:
    """Give the base64url SHA-256 thumbprint of a JWK (RFC 7638 §3; for SM2 the members of EC, with its crv).

    Raises KeyUnusable when the type is unknown or a required member is missing.
    """
    members = _THUMBPRINT_MEMBERS.get(str(jwk.get("kty")), ())
    required = {name: jwk.get(name) for name in members}
    if not required or not all(isinstance(value, str) for value in required.values()):
        raise KeyUnusable("the JWK has no thumbprint")
    canonical = orjson.dumps(required, option=orjson.OPT_SORT_KEYS)
    return base64url.encode(hashlib.sha256(canonical).digest())
