"""JSON Web Tokens (RFC 7519): written fast by a key handle, read strictly from strangers (RFC 8725)."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import orjson

from crypto import base64url
from crypto.errors import KeyUnusable, TokenRejected, VerificationError
from crypto.jose import algorithms as jws
from crypto.jose import claims as rules
from crypto.jose.profile import PROFILES
from crypto.jose.strict_json import read_object
from crypto.keys.handle import Signer

# Members by which a token would choose its own key or change the meaning of the bytes (RFC 7515 §4.1, RFC
# 7797, RFC 7516 §4.1.3; RFC 8725 §3.10).
_REFUSED_HEADER = frozenset({"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip"})
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_KEY_MEMBERS = ("kty", "crv", "x", "y", "n", "e")


def encode(claims: Mapping[str, object], signer: Signer, typ: str = "JWT") -> str:
    """Write and sign a token; the header is {alg, kid, typ} of the signer's key.

    Claims are what orjson writes: text, integers, lists, objects with text names. Raises TypeError for
    anything else.
    """
    handle = signer.handle
    payload = orjson.dumps(claims if type(claims) is dict else dict(claims))
    signed = f"{_header(handle.algorithm, handle.kid, typ)}.{base64url.encode(payload)}"
    return f"{signed}.{base64url.encode(signer.sign(signed.encode('ascii')))}"


def decode(
    token: str,
    keys: Sequence[Mapping[str, object]],
    *,
    algorithms: frozenset[str],
    typ: frozenset[str] | None,
    issuer: str | None = None,
    audience: str | None = None,
    now: float,
    leeway: int = 5,
    required: Sequence[str] = (),
    max_bytes: int = 8192,
) -> dict[str, object]:
    """Verify a signed token and give its claims.

    ``keys`` are public JWKs; ``algorithms`` the names allowed for this purpose; ``typ`` the header types
    allowed (compared without case and without ``application/``), None for any; ``issuer`` and ``audience``
    what iss must equal and aud contain, where given; ``now`` and ``leeway`` seconds; ``required`` the claims
    that must be there and not null. With a kid in the header only keys of that kid are tried. exp, nbf and
    iat are checked where present, and must be integers; an iat more than a minute ahead is refused.
    Raises TokenRejected with the reason (RFC 7519 §7.2, RFC 8725 §3).
    """
    if len(token) > max_bytes:
        raise TokenRejected("oversize")
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenRejected("malformed")
    header = _read(parts[0])
    _octets(parts[2])
    alg = _checked_header(header, algorithms, typ)
    _verify(token, alg, _candidates(keys, alg, header.get("kid")))
    claims = _read(parts[1])
    rules.check(claims, issuer=issuer, audience=audience, now=now, leeway=leeway, required=required)
    return claims


@lru_cache(maxsize=256)
def _header(alg: str, kid: str, typ: str) -> str:
    return base64url.encode(orjson.dumps({"alg": alg, "kid": kid, "typ": typ}))


def _read(segment: str) -> dict[str, object]:
    try:
        return read_object(_octets(segment))
    except ValueError:
        raise TokenRejected("malformed") from None


def _octets(segment: str) -> bytes:
    """One form of each segment only, so that a token cannot be rewritten into another that verifies too."""
    try:
        return base64url.decode(segment)
    except ValueError:
        raise TokenRejected("malformed") from None


def _checked_header(
    header: Mapping[str, object], algorithms: frozenset[str], typ: frozenset[str] | None
) -> str:
    alg = header.get("alg")
    # Our own table is asked too: a caller's list cannot bring back "none" or HMAC (RFC 8725 §3.1, §3.2).
    if not isinstance(alg, str) or alg not in algorithms or alg not in PROFILES:
        raise TokenRejected("algorithm")
    if not _REFUSED_HEADER.isdisjoint(header):
        raise TokenRejected("header")
    if not isinstance(header.get("kid", ""), str):
        raise TokenRejected("header")
    given = header.get("typ", "")
    if not isinstance(given, str) or (typ is not None and _media(given) not in {_media(one) for one in typ}):
        raise TokenRejected("typ")
    return alg


def _media(typ: str) -> str:
    """Media types have no case and may leave out ``application/`` (RFC 7515 §4.1.9)."""
    return typ.lower().removeprefix("application/")


def _candidates(keys: Sequence[Mapping[str, object]], alg: str, kid: object) -> list[jws.Key]:
    """The keys that may have signed: of this kid where one is named, and made for this algorithm."""
    fitting = [key for key in keys if (kid is None or key.get("kid") == kid) and _serves(key, alg)]
    loaded = []
    for key in fitting:
        members = tuple((name, value) for name in _KEY_MEMBERS if isinstance(value := key.get(name), str))
        try:
            loaded.append(_load(members, alg))
        except KeyUnusable:
            continue
    if not loaded:
        raise TokenRejected("key")
    return loaded


def _serves(key: Mapping[str, object], alg: str) -> bool:
    """Type, alg, use and key_ops agree with verifying by this algorithm; nothing private (RFC 7517 §4)."""
    operations = key.get("key_ops", ["verify"])
    return (
        key.get("kty") == PROFILES[alg].kty
        and key.get("alg", alg) == alg
        and key.get("use", "sig") == "sig"
        and isinstance(operations, list | tuple)
        and "verify" in operations
        and _PRIVATE_MEMBERS.isdisjoint(key)
    )


@lru_cache(maxsize=1024)
def _load(members: tuple[tuple[str, str], ...], alg: str) -> jws.Key:
    return jws.import_public(dict(members), alg)


def _verify(token: str, alg: str, candidates: Sequence[jws.Key]) -> None:
    for key in candidates:
        try:
            jws.verify_compact(token, alg, key)
        except VerificationError:
            continue
        return
    raise TokenRejected("signature")
