"""Tokens under HMAC-SM3 (SGD_SM3_HMAC, GM/T 0125.2) between two parties that share a secret key.

A door of its own: ``jwt.decode`` knows no symmetric algorithm, and here no public key can be handed in, so that
neither can be talked into taking one for the other (RFC 8725 §2.1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import orjson

from crypto import base64url, compare
from crypto.errors import KeyUnusable, TokenRejected
from crypto.jose import claims as rules
from crypto.jose import header as reading
from crypto.sm.sm3 import DIGEST_SIZE, hmac_sm3

ALG: Final = "SGD_SM3_HMAC"


@dataclass(frozen=True, slots=True)
class MacKey:
    """A secret of at least 32 random bytes (RFC 7518 §3.2), and what it is called."""

    kid: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < DIGEST_SIZE:
            raise KeyUnusable("an HMAC-SM3 key has at least 32 bytes")


def encode(claims: Mapping[str, object], key: MacKey, typ: str = "JWT") -> str:
    """Write a token under a shared key; raises TypeError for claims that JSON cannot hold."""
    header = orjson.dumps({"alg": ALG, "kid": key.kid, "typ": typ})
    signed = f"{base64url.encode(header)}.{base64url.encode(orjson.dumps(dict(claims)))}"
    return f"{signed}.{base64url.encode(hmac_sm3(key.secret, signed.encode('ascii')))}"


def decode(
    token: str,
    key: MacKey,
    *,
    typ: frozenset[str] | None,
    issuer: str | None = None,
    audience: str | None = None,
    now: float,
    leeway: int = 5,
    required: Sequence[str] = (),
    max_bytes: int = 8192,
) -> dict[str, object]:
    """Verify a token under a shared key and give its claims, with the arguments and refusals of ``jwt.decode``."""
    parts = reading.split(token, 3, max_bytes)
    header = reading.members(parts[0])
    payload, shown = reading.octets(parts[1]), reading.octets(parts[2])
    if header.get("alg") != ALG:
        raise TokenRejected("algorithm")
    reading.check_members(header)
    reading.check_type(header, "typ", typ)
    if header.get("kid", key.kid) != key.kid:
        raise TokenRejected("key")
    signed = token.rpartition(".")[0].encode("ascii")
    if not compare.equal(hmac_sm3(key.secret, signed), shown):
        raise TokenRejected("signature")
    claims = reading.json_object(payload)
    rules.check(claims, issuer=issuer, audience=audience, now=now, leeway=leeway, required=required)
    return claims
