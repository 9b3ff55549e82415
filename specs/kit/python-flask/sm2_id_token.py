"""Checks SM2 signatures of JWTs (algorithm SGD_SM3_SM2, GM/T 0125) with the PyPI package gmssl.

Authlib and other JOSE libraries do not know SM2. gmssl does the curve arithmetic; everything that gmssl 3.2.2 leaves
out is done here before it is asked: the length of the signature, the ranges of r and s, the public key on its curve,
and the key handed over unchanged (its constructor strips leading digits 0 and 4). This module verifies only. Never
sign or decrypt with gmssl 3.2.2: its random numbers can be predicted and its decryption does not check the tag.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping

from gmssl import sm2, sm3

ALGORITHM = "SGD_SM3_SM2"
CURVES = frozenset({"SM2", "SM2-P-256", "sm2p256v1"})
IDENTITY = b"1234567812345678"
"""The default identity of GM/T 0009 §10, which both sides use."""

_P, _A, _B, _N = (int(sm2.default_ecc_table[name], 16) for name in ("p", "a", "b", "n"))
_CURVE = b"".join(value.to_bytes(32, "big") for value in (_A, _B)) + bytes.fromhex(sm2.default_ecc_table["g"])
_BASE64URL = re.compile("[A-Za-z0-9_-]*", re.ASCII)


class SignatureRefused(ValueError):
    """The key or the signature is not what it must be."""


def verify(jwk: Mapping[str, object], signed: bytes, signature: bytes) -> None:
    """Accept `signature` (r‖s, 64 bytes) over `signed` by the public key `jwk`; raises SignatureRefused otherwise."""
    public = _public_key(jwk)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if len(signature) != 64 or not (0 < r < _N and 0 < s < _N) or (r + s) % _N == 0:
        raise SignatureRefused("signature")
    # GM/T 0003.2 §5.5: Z binds the signer's identity, the curve and the key to what is hashed.
    z = sm3_digest(bytes([0, len(IDENTITY) * 8]) + IDENTITY + _CURVE + public)
    engine = sm2.CryptSM2(private_key="", public_key="00" * 64)
    engine.public_key = public.hex()
    try:
        holds = engine.verify(signature.hex(), sm3_digest(z + signed))
    except (TypeError, ValueError, IndexError):  # gmssl has no point at infinity; such a sum is never valid
        holds = False
    if holds is not True:
        raise SignatureRefused("signature")


def half_hash(value: str) -> str:
    """`at_hash` for this algorithm: base64url of the left half of SM3 over the ASCII value."""
    return base64.urlsafe_b64encode(sm3_digest(value.encode("ascii"))[:16]).rstrip(b"=").decode()


def is_half_hash(claimed: object, value: str) -> bool:
    """Whether `claimed` is the `at_hash` of `value`, compared in constant time."""
    return isinstance(claimed, str) and hmac.compare_digest(claimed.encode(), half_hash(value).encode())


def sm3_digest(data: bytes) -> bytes:
    """SM3, by OpenSSL where it has SM3 and by gmssl elsewhere."""
    if "sm3" in hashlib.algorithms_available:
        return hashlib.new("sm3", data).digest()
    return bytes.fromhex(sm3.sm3_hash(list(data)))


def decode(text: object) -> bytes:
    """base64url without padding (RFC 7515 §2); raises SignatureRefused for any other writing of the same bytes."""
    if not isinstance(text, str) or not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise SignatureRefused("base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise SignatureRefused("base64url")
    return data


def _public_key(jwk: Mapping[str, object]) -> bytes:
    """x‖y of a key that is on the curve."""
    if jwk.get("kty") != "EC" or jwk.get("crv") not in CURVES:
        raise SignatureRefused("key")
    x, y = decode(jwk.get("x")), decode(jwk.get("y"))
    if len(x) != 32 or len(y) != 32:
        raise SignatureRefused("key")
    a, b = int.from_bytes(x, "big"), int.from_bytes(y, "big")
    if a >= _P or b >= _P or (b * b - (a * a * a + _A * a + _B)) % _P:
        raise SignatureRefused("key")
    return x + y
