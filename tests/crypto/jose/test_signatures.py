"""Tokens in the forms that single peers agreed on: DER, another identity, other names."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from crypto import base64url
from crypto.errors import KeyUnusable, TokenRejected, VerificationError
from crypto.jose import jwt
from crypto.jose.profile import PROFILES, for_peer, table_for
from crypto.jose.signatures import from_der, sign_for, to_der
from crypto.keys import jwk
from crypto.keys.handle import ES256, SM2, KeyHandle, Signer, SigningAlgorithm
from crypto.keys.software import SoftwareKeys, new_root_key
from crypto.sm.encoding import rs_to_der
from crypto.sm.sm2 import Sm2PrivateKey

_VECTOR = json.loads((Path(__file__).parents[2] / "vectors" / "jose" / "sm2_jws.json").read_text())
_NOW = 1_800_000_000
_CLAIMS = {"iss": "https://idp.example.test", "exp": _NOW + 60}


def _signer(algorithm: SigningAlgorithm) -> Signer:
    keys = SoftwareKeys(new_root_key())
    made = keys.generate(algorithm)
    return keys.signer(made.handle, made.wrapped)


class _IdentitySigner:
    """An SM2 key that signs under any identity."""

    def __init__(self) -> None:
        self.key = Sm2PrivateKey.generate()
        form = jwk.elliptic_jwk("SM2", self.key.public_key.raw)
        self.handle = KeyHandle("any-identity", SM2, {**form, "kid": "any-identity"})

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data)

    def sign_under(self, data: bytes, identity: bytes) -> bytes:
        return self.key.sign(data, identity)


def _decode(token: str, key: Any, alg: str, overrides: Mapping[str, object]) -> dict[str, object]:
    return jwt.decode(
        token, [key], algorithms=frozenset({alg}), typ=None, now=_NOW, profiles=table_for(overrides)
    )


@pytest.mark.clause("GM/T 0009", "7.3")
def test_the_sm2_vector_in_der_verifies_under_its_profile_alone() -> None:
    """The form that a peer agreed on is the only one that is read from it."""
    forms = {"rs64": f"{_VECTOR['input']}.{_VECTOR['rs64']}", "der": f"{_VECTOR['input']}.{_VECTOR['der']}"}
    for form, token in forms.items():
        assert _decode(token, _VECTOR["jwk"], SM2, {"sig_encoding": form}) == _VECTOR["claims"]
        other = "der" if form == "rs64" else "rs64"
        with pytest.raises(TokenRejected, match="signature"):
            _decode(token, _VECTOR["jwk"], SM2, {"sig_encoding": other})


@pytest.mark.parametrize("algorithm", [ES256, SM2])
def test_what_is_written_in_der_is_read_in_der(algorithm: SigningAlgorithm) -> None:
    """Both elliptic algorithms can be written with SEQUENCE{r, s}, and come back."""
    overrides = {"alg": algorithm, "sig_encoding": "der"}
    signer = _signer(algorithm)
    for _ in range(20):
        token = jwt.encode(_CLAIMS, signer, profile=for_peer(algorithm, overrides))
        assert base64url.decode(token.rpartition(".")[2])[0] == 0x30
        assert _decode(token, signer.handle.public_jwk, algorithm, overrides) == _CLAIMS


@pytest.mark.parametrize("algorithm", [ES256, SM2])
def test_only_the_one_der_form_is_read(algorithm: SigningAlgorithm) -> None:
    """Long lengths, padded and negative integers, trailing bytes and numbers too large are refused."""
    profile = for_peer(algorithm, {"sig_encoding": "der"})
    good = to_der(profile, _signer(algorithm).sign(b"data"))
    assert len(from_der(profile, good)) == 64
    for broken in (
        b"",
        good + b"\0",
        good[:-1],
        b"\x30\x81" + good[1:],
        b"\x31" + good[1:],
        bytes.fromhex("3008020300000102010 1".replace(" ", "")),
        bytes.fromhex("3006020181020101"),
        encode_dss_signature(1 << 256, 1),
    ):
        with pytest.raises(VerificationError):
            from_der(profile, broken)


@pytest.mark.clause("GM/T 0003.2", "5.5")
def test_another_identity_is_used_for_signing_and_asked_for_when_verifying() -> None:
    """A token under the peer's own identity verifies with its profile and with no other; the vector likewise."""
    signer, overrides = _IdentitySigner(), {"sm2_identity": "dept-a@province.test"}
    token = jwt.encode(_CLAIMS, signer, profile=for_peer(SM2, overrides))
    assert _decode(token, signer.handle.public_jwk, SM2, overrides) == _CLAIMS
    for other in ({}, {"sm2_identity": ""}, {"sm2_identity": "dept-b@province.test"}):
        with pytest.raises(TokenRejected, match="signature"):
            _decode(token, signer.handle.public_jwk, SM2, other)
    plain = f"{_VECTOR['input']}.{_VECTOR['rs64']}"
    with pytest.raises(TokenRejected, match="signature"):
        _decode(plain, _VECTOR["jwk"], SM2, overrides)


def test_a_signer_that_knows_one_identity_refuses_another() -> None:
    """Nothing is ever signed under an identity that was not agreed on."""
    profile = for_peer(SM2, {"sm2_identity": "dept-a@province.test"})
    with pytest.raises(KeyUnusable):
        sign_for(profile, _SignsByDefault(), b"data")


def test_a_profile_of_another_algorithm_is_refused() -> None:
    """A signer does not write its signature under the name of another algorithm."""
    with pytest.raises(KeyUnusable):
        jwt.encode(_CLAIMS, _signer(ES256), profile=PROFILES[SM2])


def test_the_name_of_a_peers_own_is_valid_for_that_peer_alone() -> None:
    """SM2-SM3 is read and written where it was agreed on, there instead of the standard's name, and nowhere else."""
    signer, overrides = _signer(SM2), {"alg": "SM2-SM3"}
    token = jwt.encode(_CLAIMS, signer, profile=for_peer(SM2, overrides))
    assert json.loads(base64url.decode(token.split(".")[0]))["alg"] == "SM2-SM3"
    key = signer.handle.public_jwk
    assert _decode(token, key, SM2, overrides) == _CLAIMS
    assert _decode(token, {**key, "alg": "SM2-SM3"}, SM2, overrides) == _CLAIMS
    with pytest.raises(TokenRejected, match="algorithm"):
        _decode(token, key, SM2, {})
    with pytest.raises(TokenRejected, match="algorithm"):
        _decode(jwt.encode(_CLAIMS, signer), key, SM2, overrides)
    with pytest.raises(TokenRejected, match="algorithm"):
        _decode(token, key, "SM2-SM3", overrides)


def test_der_of_a_signature_out_of_range_is_refused() -> None:
    """r and s of an SM2 signature are checked in this form too."""
    profile = for_peer(SM2, {"sig_encoding": "der"})
    with pytest.raises(VerificationError):
        from_der(profile, encode_dss_signature(0, 1))
    with pytest.raises(VerificationError):
        rs_to_der(bytes(64))


class _SignsByDefault:
    """A signer with nothing but the protocol's own method."""

    handle = KeyHandle("default", SM2, {})

    def sign(self, data: bytes) -> bytes:
        raise AssertionError(data)
