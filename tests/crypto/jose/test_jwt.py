"""Tokens of our own: what is written, and that it verifies."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from joserfc import jws
from joserfc import jwt as reference
from joserfc.jwk import ECKey

from crypto import base64url
from crypto.errors import TokenRejected
from crypto.jose import jwt, sm2_key
from crypto.keys.handle import ES256, SM2, Algorithm, Signer
from crypto.keys.software import SoftwareKeys, new_root_key
from crypto.sm import second_opinion, sm2

_VECTORS = Path(__file__).parents[2] / "vectors" / "jose"
_SM2 = json.loads((_VECTORS / "sm2_jws.json").read_text())
_ES256 = json.loads((_VECTORS / "es256_jws.json").read_text())
_NOW = 1_800_000_000
_CLAIMS = {
    "iss": "https://idp.example.test",
    "sub": "P-0001",
    "aud": ["a", "b"],
    "exp": _NOW + 60,
    "名": "一号",
}


def _signer(algorithm: Algorithm) -> Signer:
    keys = SoftwareKeys(new_root_key())
    made = keys.generate(algorithm)
    return keys.signer(made.handle, made.wrapped)


def _decode(token: str, key: Mapping[str, object], alg: str, now: float = _NOW) -> dict[str, object]:
    return jwt.decode(token, [key], algorithms=frozenset({alg}), typ=None, now=now)


@pytest.mark.clause("GM/T 0125.2", "6")
def test_the_sm2_vector_verifies() -> None:
    """The JWS of the independent reference is accepted and its claims come out."""
    token = f"{_SM2['input']}.{_SM2['rs64']}"
    assert _decode(token, _SM2["jwk"], SM2) == _SM2["claims"]
    public = sm2_key.read_public(_SM2["jwk"])
    digest = sm2.message_digest(public.raw, _SM2["input"].encode(), sm2.DEFAULT_IDENTITY)
    assert digest.hex() == _SM2["e"]
    assert sm2.der_to_rs(base64url.decode(_SM2["der"])) == base64url.decode(_SM2["rs64"])


@pytest.mark.clause("RFC 7515", "A.3")
def test_the_es256_sample_verifies() -> None:
    """The sample of the RFC is accepted while it lives, and expired a little later."""
    assert _decode(_ES256["token"], _ES256["jwk"], ES256, now=1300819380) == _ES256["claims"]
    with pytest.raises(TokenRejected) as refused:
        _decode(_ES256["token"], _ES256["jwk"], ES256, now=1300819385)
    assert refused.value.reason == "expired"


@pytest.mark.parametrize("algorithm", [ES256, SM2])
def test_what_is_written_is_read_back(algorithm: Algorithm) -> None:
    """Claims come back as they went, with typ, kid and alg in the header and nothing else."""
    signer = _signer(algorithm)
    token = jwt.encode(MappingProxyType(_CLAIMS), signer, typ="at+jwt")
    assert _decode(token, signer.handle.public_jwk, algorithm) == _CLAIMS
    header = json.loads(base64url.decode(token.split(".")[0]))
    assert header == {"alg": algorithm, "kid": signer.handle.kid, "typ": "at+jwt"}


def test_joserfc_verifies_what_we_sign_with_es256() -> None:
    """An independent reader accepts our token and refuses it with a flipped claim."""
    signer = _signer(ES256)
    token = jwt.encode(_CLAIMS, signer)
    key = ECKey.import_key(dict(signer.handle.public_jwk))
    assert reference.decode(token, key, algorithms=["ES256"]).claims == _CLAIMS
    head, payload, signature = token.split(".")
    other = base64url.encode(base64url.decode(payload).replace(b"P-0001", b"P-0002"))
    with pytest.raises(Exception, match="bad_signature"):
        reference.decode(f"{head}.{other}.{signature}", key, algorithms=["ES256"])


def test_gmssl_verifies_what_we_sign_with_sm2() -> None:
    """The second opinion accepts our SM2 token."""
    signer = _signer(SM2)
    signed, signature = jwt.encode(_CLAIMS, signer).rsplit(".", 1)
    public = sm2_key.read_public(signer.handle.public_jwk).raw
    digest = sm2.message_digest(public, signed.encode(), sm2.DEFAULT_IDENTITY)
    second_opinion.verify(public, digest, base64url.decode(signature))


def test_tokens_of_joserfc_are_read() -> None:
    """A client that signs with joserfc is understood."""
    key = ECKey.generate_key("P-256")
    token = jws.serialize_compact({"alg": "ES256", "typ": "JWT"}, json.dumps(_CLAIMS), key)
    assert _decode(token, key.as_dict(private=False), ES256) == _CLAIMS


def test_claims_that_json_cannot_hold_are_a_bug() -> None:
    """Bytes and names that are not text are refused by type, and never signed."""
    signer = _signer(ES256)
    for claims in ({"a": b"bytes"}, {1: "a"}):
        with pytest.raises(TypeError):
            jwt.encode(claims, signer)  # type: ignore[arg-type] # the wrong type is the test
