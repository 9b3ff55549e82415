"""Public key sets (RFC 7517 §5): ours written, others' read."""

from collections.abc import Iterable, Mapping
from typing import Final

from crypto.errors import TokenRejected
from crypto.keys.handle import KeyHandle

_PUBLIC_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "EC": ("crv", "x", "y"),
    "OKP": ("crv", "x"),
    "RSA": ("n", "e"),
}
_TEXT_MEMBERS = ("kid", "alg", "use")
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_SYMMETRIC = "oct"
_MAX_MEMBER = 2048


def public_set(handles: Iterable[KeyHandle]) -> dict[str, list[dict[str, str]]]:
    """Write the key set document of these keys: {"keys": [{kty, crv, x, y, kid, alg, use}, …]}."""
    names = ("kty", "crv", "x", "y")
    return {
        "keys": [
            {
                **{name: handle.public_jwk[name] for name in names},
                "kid": handle.kid,
                "alg": handle.algorithm,
                "use": "sig",
            }
            for handle in handles
        ]
    }


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


def _public_key(key: object) -> dict[str, object]:
    if not isinstance(key, dict) or not isinstance(key.get("kty"), str):
        raise TokenRejected("key")
    if key["kty"] == _SYMMETRIC or not _PRIVATE_MEMBERS.isdisjoint(key):
        raise TokenRejected("key")
    names = _PUBLIC_MEMBERS.get(key["kty"])
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
