"""JSON Web Tokens (RFC 7519): written fast by a key handle, read strictly from strangers (RFC 8725)."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import orjson

from crypto import base64url
from crypto.errors import KeyUnusable, TokenRejected, VerificationError
from crypto.jose import algorithms as jws
from crypto.jose import claims as rules
from crypto.jose import header as reading
from crypto.jose.profile import ALG_ALIASES, PROFILES, Profile
from crypto.jose.signatures import from_der, sign_for
from crypto.keys.handle import Signer
from crypto.keys.jwk import PRIVATE_MEMBERS

_KEY_MEMBERS = ("kty", "crv", "x", "y", "n", "e")


def encode(
    claims: Mapping[str, object], signer: Signer, typ: str = "JWT", profile: Profile | None = None
) -> str:
    """Write and sign a token; the header is {alg, kid, typ} of the signer's key.

    ``profile`` is given for a peer that agreed on other forms than the algorithm's own. Claims are what orjson
    writes: text, integers, lists, objects with text names. Raises TypeError for anything else, KeyUnusable when
    the profile is of another algorithm.
    """
    handle = signer.handle
    payload = orjson.dumps(claims if type(claims) is dict else dict(claims))
    if profile is None:
        signed = f"{_header(handle.algorithm, handle.kid, typ)}.{base64url.encode(payload)}"
        return f"{signed}.{base64url.encode(signer.sign(signed.encode('ascii')))}"
    signed = f"{_header(profile.alg, handle.kid, typ)}.{base64url.encode(payload)}"
    return f"{signed}.{base64url.encode(sign_for(profile, signer, signed.encode('ascii')))}"


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
    profiles: Mapping[str, Profile] = PROFILES,
) -> dict[str, object]:
    """Verify a signed token and give its claims.

    ``keys`` are public JWKs; ``algorithms`` the names allowed for this purpose; ``typ`` the header types
    allowed (compared without case and without ``application/``), None for any; ``issuer`` and ``audience``
    what iss must equal and aud contain, where given; ``now`` and ``leeway`` seconds; ``required`` the claims
    that must be there and not null; ``profiles`` how this peer writes each algorithm. With a kid in the header only
    keys of that kid are tried. exp, nbf and iat are checked where present, and must be integers; an iat more than a
    minute ahead is refused. Raises TokenRejected with the reason (RFC 7519 §7.2, RFC 8725 §3).
    """
    parts = reading.split(token, 3, max_bytes)
    header = reading.members(parts[0])
    signature = reading.octets(parts[2])
    profile = _checked_header(header, algorithms, profiles, typ)
    candidates = _candidates(keys, profile, header.get("kid"))
    _verify(_in_own_form(token, signature, profile), profile, candidates)
    claims = reading.members(parts[1])
    rules.check(claims, issuer=issuer, audience=audience, now=now, leeway=leeway, required=required)
    return claims


@lru_cache(maxsize=256)
def _header(alg: str, kid: str, typ: str) -> str:
    return base64url.encode(orjson.dumps({"alg": alg, "kid": kid, "typ": typ}))


def _checked_header(
    header: Mapping[str, object],
    algorithms: frozenset[str],
    profiles: Mapping[str, Profile],
    typ: frozenset[str] | None,
) -> Profile:
    alg = header.get("alg")
    # Our own table is asked too: a caller's list cannot bring back "none" or HMAC (RFC 8725 §3.1, §3.2).
    profile = profiles.get(ALG_ALIASES.get(alg, alg)) if isinstance(alg, str) else None
    if profile is None or profile.alg != alg or profile.algorithm not in algorithms:
        raise TokenRejected("algorithm")
    reading.check_members(header)
    reading.check_type(header, "typ", typ)
    return profile


def _in_own_form(token: str, signature: bytes, profile: Profile) -> str:
    """The token with its signature as the algorithm has it, which is r‖s where the peer writes DER."""
    if profile.sig_encoding != "der":
        return token
    try:
        own = from_der(profile, signature)
    except VerificationError:
        raise TokenRejected("signature") from None
    return f"{token.rpartition('.')[0]}.{base64url.encode(own)}"


def _candidates(keys: Sequence[Mapping[str, object]], profile: Profile, kid: object) -> list[jws.Key]:
    """The keys that may have signed: of this kid where one is named, and made for this algorithm."""
    fitting = [key for key in keys if (kid is None or key.get("kid") == kid) and _serves(key, profile)]
    loaded = []
    for key in fitting:
        members = tuple((name, value) for name in _KEY_MEMBERS if isinstance(value := key.get(name), str))
        try:
            loaded.append(_load(members, profile))
        except KeyUnusable:
            continue
    if not loaded:
        raise TokenRejected("key")
    return loaded


def _serves(key: Mapping[str, object], profile: Profile) -> bool:
    """Type, alg, use and key_ops agree with verifying by this algorithm; nothing private (RFC 7517 §4)."""
    operations = key.get("key_ops", ["verify"])
    return (
        key.get("kty") == profile.kty
        and key.get("alg", profile.alg) in (profile.alg, profile.algorithm)
        and key.get("use", "sig") == "sig"
        and isinstance(operations, list | tuple)
        and "verify" in operations
        and PRIVATE_MEMBERS.isdisjoint(key)
    )


@lru_cache(maxsize=1024)
def _load(members: tuple[tuple[str, str], ...], profile: Profile) -> jws.Key:
    return jws.import_public(dict(members), profile)


def _verify(token: str, profile: Profile, candidates: Sequence[jws.Key]) -> None:
    for key in candidates:
        try:
            jws.verify_compact(token, profile, key)
        except VerificationError:
            continue
        return
    raise TokenRejected("signature")
