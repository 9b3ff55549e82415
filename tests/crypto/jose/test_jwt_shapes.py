"""Tokens of strangers: one spelling of each token, no ambiguity, and bounded size."""

import json
from collections.abc import Mapping

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from crypto import base64url
from crypto.errors import TokenRejected
from crypto.jose import jwt

_NOW = 1_800_000_000
_CLAIMS: dict[str, object] = {"exp": 1_800_000_060, "sub": "x"}
_EC = ECKey.generate_key("P-256", {"kid": "ec"})


def _sign_raw(header: bytes, payload: bytes) -> str:
    """A compact JWS over any bytes at all."""
    signed = f"{base64url.encode(header)}.{base64url.encode(payload)}"
    signature = jws.JWSRegistry.algorithms["ES256"].sign(signed.encode(), _EC)
    return f"{signed}.{base64url.encode(signature)}"


def _token(header: Mapping[str, object] | None = None, **claims: object) -> str:
    whole = {"alg": "ES256", "typ": "JWT", **(header or {})}
    return _sign_raw(json.dumps(whole).encode(), json.dumps({**_CLAIMS, **claims}).encode())


def _decode(token: str, max_bytes: int = 8192) -> dict[str, object]:
    keys = [_EC.as_dict(private=False)]
    return jwt.decode(token, keys, algorithms=frozenset({"ES256"}), typ=None, now=_NOW, max_bytes=max_bytes)


def _reason(token: str, max_bytes: int = 8192) -> str:
    with pytest.raises(TokenRejected) as refused:
        _decode(token, max_bytes)
    return refused.value.reason


def _reshaped() -> dict[str, str]:
    token = _token()
    head, payload, signature = token.split(".")
    return {
        "nothing": "",
        "two segments": f"{head}{payload}.{signature}",
        "four segments": f"{token}.",
        "five segments": f"{token}.AA.AA",
        "padded signature": f"{token}=",
        "padded header": f"{head}=.{payload}.{signature}",
        "line end": f"{token}\n",
        "leading space": f" {token}",
        "foreign letter": f"é{token}",
        "no header": f".{payload}.{signature}",
        "header of another kind": f"AA.{payload}.{signature}",
    }


@pytest.mark.parametrize(("shape", "token"), _reshaped().items())
def test_other_shapes_are_malformed(shape: str, token: str) -> None:
    """Other numbers of segments, padding, white space, foreign letters and empty headers are refused."""
    assert _reason(token) == "malformed", shape


def test_a_signature_has_one_spelling() -> None:
    """Spare bits at the end of the signature cannot be set to make a second token of one."""
    token = _token()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = token[:-1] + alphabet[alphabet.index(token[-1]) | 1]
    assert twin != token
    assert _reason(twin) == "malformed"


@pytest.mark.parametrize(
    "header",
    [b'{"alg":"ES256","alg":"none","typ":"JWT"}', b'{"alg":"ES256","typ":NaN}', b"[]", b"null", b"\xff{}"],
)
def test_ambiguous_headers_are_malformed(header: bytes) -> None:
    """Duplicate members, special numbers and anything but an object are refused although signed."""
    assert _reason(_sign_raw(header, json.dumps(_CLAIMS).encode())) == "malformed"


@pytest.mark.parametrize(
    "payload",
    [
        b'{"exp":1800000060,"exp":1900000000}',
        b'{"exp":1800000060,"act":{"sub":"a","sub":"b"}}',
        b'{"exp":NaN}',
        b'{"exp":Infinity}',
        b'{"exp":1e999}',
        b'["exp"]',
        b'"text"',
        b"",
        b'{"sub":"\xff"}',
        b'{"sub":"\\ud800"}',
    ],
)
def test_ambiguous_payloads_are_malformed(payload: bytes) -> None:
    """Two readers could disagree on these, so neither reading is taken although the signature holds."""
    assert _reason(_sign_raw(b'{"alg":"ES256"}', payload)) == "malformed"


def test_oversize_tokens_are_refused_before_they_are_read() -> None:
    """The limit counts the whole token, and the caller sets it."""
    token = _token(padding="x" * 8000)
    assert _reason(token) == "oversize"
    assert _decode(token, max_bytes=len(token))["padding"] == "x" * 8000
    assert _reason(token, max_bytes=len(token) - 1) == "oversize"


def test_long_headers_are_read_within_the_limit() -> None:
    """A header of several thousand bytes, as certificate users send, is no obstacle by itself."""
    token = _token(header={"x5t#S256": "A" * 5000})
    assert _decode(token, max_bytes=16384) == _CLAIMS
