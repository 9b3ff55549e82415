"""Public key sets (RFC 7517 §5): ours written, others' read."""

from collections.abc import Iterable, Mapping
from typing import Final

from crypto.errors import TokenRejected
from crypto.jose.profile import PROFILES, SM2, SM2_CRVS, Profile
from crypto.keys.handle import DECRYPTION, KeyHandle
from crypto.keys.jwk import PRIVATE_MEMBERS, PUBLIC_MEMBERS

_TEXT_MEMBERS = ("kid", "alg", "use")
_SYMMETRIC = "oct"
_MAX_MEMBER: Final = 2048


def public_set(
    handles: Iterable[KeyHandle], profiles: Mapping[str, Profile] = PROFILES
) -> dict[str, list[dict[str, str]]]:
    """Write the key set document of these keys, of every type: {"keys": [{kty, …, kid, alg, use}, …]}.

    Public members only; use is sig for signing algorithms and enc for decryption. ``profiles`` are the names that a
    peer has for algorithms and for the SM2 curve.
    """
    return {"keys": [_written(handle, profiles) for handle in handles]}


def parse_set(document: object, max_keys: int = 20) -> list[dict[str, object]]:
    """Read a stranger's key set document, already decoded from JSON, keeping only public members.

    Keys of unknown type are left out (RFC 7517 §5). Raises TokenRejected("key") when any key is symmetric or
    carries private members, a member has a wrong type or size, or there are more than max_keys; "malformed"
    when the document is no key set.
    """
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise TokenRejected("malformed")
    if len(keys) > max_keys:
        raise TokenRejected("key")
    parsed = [_public_key(key) for key in keys]
    return [key for key in parsed if key]


def _written(handle: KeyHandle, profiles: Mapping[str, Profile]) -> dict[str, str]:
    form = handle.public_jwk
    public = {"kty": form["kty"], **{name: form[name] for name in PUBLIC_MEMBERS[form["kty"]]}}
    if public.get("crv") in SM2_CRVS:
        public["crv"] = str(profiles[SM2].crv)
    profile = profiles.get(handle.algorithm)
    return {
        **public,
        "kid": handle.kid,
        "alg": handle.algorithm if profile is None else profile.alg,
        "use": "enc" if handle.algorithm in DECRYPTION else "sig",
    }


def _public_key(key: object) -> dict[str, object]:
    if not isinstance(key, dict) or not isinstance(key.get("kty"), str):
        raise TokenRejected("key")
    if key["kty"] == _SYMMETRIC or not PRIVATE_MEMBERS.isdisjoint(key):
        raise TokenRejected("key")
    names = PUBLIC_MEMBERS.get(key["kty"])
    if names is None:
        return {}
    public: dict[str, object] = {"kty": key["kty"]}
    for name in (*names, *(name for name in _TEXT_MEMBERS if name in key)):
        public[name] = _text(key.get(name))
    if "key_ops" in key:
        public["key_ops"] = _operations(key["key_ops"])
    return public


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_MEMBER:
        raise TokenRejected("key")
    return value


def _operations(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TokenRejected("key")
    return list(value)
