"""Public JWKs of every type, and their thumbprints."""

import hashlib
import json
from pathlib import Path

import pytest

from crypto import base64url
from crypto.errors import KeyUnusable
from crypto.keys import jwk

_VECTORS = Path(__file__).parents[2] / "vectors" / "jose"
_RFC7638 = json.loads((_VECTORS / "thumbprint.json").read_text())
_SM2 = json.loads((_VECTORS / "sm2_jws.json").read_text())["jwk"]


@pytest.mark.clause("RFC 7638", "3.1")
def test_the_rfcs_thumbprint() -> None:
    """The sample key has the sample's thumbprint, whatever other members it has."""
    assert jwk.thumbprint(_RFC7638["jwk"]) == _RFC7638["thumbprint"]
    bare = {name: _RFC7638["jwk"][name] for name in ("kty", "n", "e")}
    assert jwk.thumbprint({**bare, "kid": "other"}) == _RFC7638["thumbprint"]


def test_between_ourselves_the_same_members_are_hashed_by_sm3() -> None:
    """The canonical text is that of RFC 7638; only the hash differs."""
    members = {name: _SM2[name] for name in ("crv", "kty", "x", "y")}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True).encode()
    assert base64url.decode(jwk.thumbprint_sm3(_SM2)) == hashlib.new("sm3", canonical).digest()
    assert base64url.decode(jwk.thumbprint(_SM2)) == hashlib.sha256(canonical).digest()


@pytest.mark.parametrize("form", [{}, {"kty": "oct", "k": "AA"}, {"kty": "RSA", "n": "AA"}, {**_SM2, "x": 1}])
def test_a_key_without_its_members_has_no_thumbprint(form: dict[str, object]) -> None:
    """Unknown types, missing members and members of another kind."""
    for reckon in (jwk.thumbprint, jwk.thumbprint_sm3):
        with pytest.raises(KeyUnusable):
            reckon(form)


@pytest.mark.clause("RFC 7518", "6.3.1")
def test_an_rsa_key_is_written_and_read() -> None:
    """Modulus and exponent come back, and the sample of RFC 7638 is written letter for letter."""
    n, e = jwk.rsa_public(_RFC7638["jwk"])
    assert jwk.rsa_jwk(n, e) == {name: _RFC7638["jwk"][name] for name in ("kty", "n", "e")}


def _rsa(n: int, e: int) -> dict[str, str]:
    return jwk.rsa_jwk(n, e)


@pytest.mark.parametrize(
    "form",
    [
        _rsa(1 << 2046, 3),
        _rsa(1 << 8192, 3),
        _rsa(1 << 20_000, 3),
        _rsa((1 << 2048) - 1, 1),
        _rsa((1 << 2048) - 1, 65536),
        _rsa((1 << 2048) - 1, 1 << 32),
        {"kty": "RSA", "n": "AQAB="},
        {"kty": "RSA", "n": 1, "e": 3},
        {"kty": "RSA", "n": "é" * 400, "e": "Aw"},
    ],
)
def test_rsa_keys_of_other_sizes_are_unusable(form: dict[str, object]) -> None:
    """Too small, too large, an even or a huge exponent, and what is no number at all."""
    with pytest.raises(KeyUnusable):
        jwk.rsa_public(form)


@pytest.mark.clause("RFC 8037", "2")
def test_an_edwards_key_is_written_and_read() -> None:
    """Thirty-two bytes, and nothing else."""
    raw = bytes(range(32))
    form = jwk.edwards_jwk("Ed25519", raw)
    assert form == {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(raw)}
    assert jwk.edwards_public(form) == raw
    with pytest.raises(KeyUnusable):
        jwk.edwards_jwk("Ed25519", raw[:31])
    with pytest.raises(KeyUnusable):
        jwk.edwards_public({**form, "x": base64url.encode(raw[:31])})


def test_an_elliptic_key_has_two_coordinates_of_full_length() -> None:
    """Sixty-four bytes are split in two; a coordinate cut by a leading zero is refused."""
    raw = bytes(64)
    assert jwk.elliptic_public(jwk.elliptic_jwk("SM2", raw)) == raw
    with pytest.raises(KeyUnusable):
        jwk.elliptic_jwk("SM2", raw[:63])
    with pytest.raises(KeyUnusable):
        jwk.elliptic_public({**_SM2, "y": base64url.encode(bytes(31))})
