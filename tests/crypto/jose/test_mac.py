"""Tokens under a shared key."""

import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest

from crypto import base64url
from crypto.errors import KeyUnusable, TokenRejected
from crypto.jose import jwt, mac
from crypto.jose.mac import MacKey
from crypto.keys.handle import SM2
from crypto.keys.software import SoftwareKeys, new_root_key

_NOW = 1_800_000_000
_KEY = MacKey("shared-1", bytes(range(1, 33)))
_CLAIMS = {"iss": "https://a.example.test", "aud": "b", "exp": _NOW + 60, "名": "一号"}


def _decode(token: str, key: MacKey = _KEY, **options: Any) -> dict[str, object]:
    return mac.decode(token, key, **{"typ": frozenset({"JWT"}), "now": _NOW, **options})


def _reason(token: str, key: MacKey = _KEY, **options: Any) -> str:
    with pytest.raises(TokenRejected) as refused:
        _decode(token, key, **options)
    return refused.value.reason


def _token(header: Mapping[str, object], hash_name: str = "sm3", secret: bytes = _KEY.secret) -> str:
    signed = (
        f"{base64url.encode(json.dumps(header).encode())}.{base64url.encode(json.dumps(_CLAIMS).encode())}"
    )
    return f"{signed}.{base64url.encode(hmac.digest(secret, signed.encode(), hash_name))}"


def test_what_one_party_writes_the_other_reads() -> None:
    """The header names SGD_SM3_HMAC and the key; the code is HMAC-SM3 of header and payload, as hmac reckons it."""
    token = mac.encode(_CLAIMS, _KEY)
    assert _decode(token, issuer="https://a.example.test", audience="b") == _CLAIMS
    assert json.loads(base64url.decode(token.split(".")[0])) == {
        "alg": "SGD_SM3_HMAC",
        "kid": "shared-1",
        "typ": "JWT",
    }
    assert _decode(_token({"alg": "SGD_SM3_HMAC", "typ": "JWT"})) == _CLAIMS


def test_other_keys_other_hashes_and_altered_parts_are_refused() -> None:
    """Another secret, another kid, SHA-256 under our name, and a bit anywhere."""
    token = mac.encode(_CLAIMS, _KEY)
    assert _reason(token, MacKey("shared-1", bytes(32))) == "signature"
    assert _reason(token, MacKey("shared-2", _KEY.secret)) == "key"
    header = {"alg": "SGD_SM3_HMAC", "typ": "JWT"}
    assert _reason(_token(header, "sha256")) == "signature"
    head, payload, code = token.split(".")
    for broken in (f"{head}.{payload}.", f"{head}.e30.{code}", f"{head}.{payload}.{code[:-3]}w"):
        assert _reason(broken) in {"signature", "malformed"}
    for shape in (f"{head}.{payload}", f"{head}.é.{code}", f"{head}.{payload}.{code}.", f"{token}="):
        assert _reason(shape) == "malformed"


@pytest.mark.parametrize(
    "alg", ["none", "HS256", "SGD_SM3_SM2", "ES256", "sgd_sm3_hmac", None, ["SGD_SM3_HMAC"]]
)
def test_this_door_knows_one_algorithm(alg: object) -> None:
    """Not even a right HMAC under another name."""
    assert _reason(_token({"alg": alg, "typ": "JWT"})) == "algorithm"


@pytest.mark.parametrize(
    ("member", "reason"),
    [({"jwk": {}}, "header"), ({"crit": []}, "header"), ({"kid": 1}, "header"), ({"typ": "at+jwt"}, "typ")],
)
def test_headers_are_held_as_strictly_as_elsewhere(member: dict[str, object], reason: str) -> None:
    """Embedded keys, critical extensions and other types are refused before the code is looked at."""
    assert _reason(_token({"alg": "SGD_SM3_HMAC", "typ": "JWT", **member})) == reason


def test_claims_are_checked_after_the_code() -> None:
    """Expired, for somebody else, without a required claim, too large."""
    token = mac.encode(_CLAIMS, _KEY)
    assert _reason(token, now=_NOW + 65) == "expired"
    assert _reason(token, audience="c") == "audience"
    assert _reason(token, required=("jti",)) == "missing"
    assert _reason(token, max_bytes=10) == "oversize"


@pytest.mark.clause("RFC 7518", "3.2")
def test_a_short_secret_is_no_key_and_no_secret_is_printed() -> None:
    """At least as long as the hash."""
    with pytest.raises(KeyUnusable):
        MacKey("short", bytes(31))
    assert str(_KEY.secret) not in repr(_KEY)


@pytest.mark.clause("RFC 8725", "2.1")
def test_a_public_key_never_becomes_a_secret() -> None:
    """The door of signatures takes no HMAC, whatever the caller lists; the door of HMAC takes no JWK."""
    public = SoftwareKeys(new_root_key()).generate(SM2).handle.public_jwk
    secret = base64url.decode(public["x"]) + base64url.decode(public["y"])
    token = mac.encode(_CLAIMS, MacKey(public["kid"], secret))
    with pytest.raises(TokenRejected, match="algorithm"):
        jwt.decode(token, [public], algorithms=frozenset({SM2, mac.ALG}), typ=None, now=_NOW)
