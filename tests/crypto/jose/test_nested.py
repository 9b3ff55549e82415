"""Signed tokens inside encrypted ones."""

import json

import pytest

from crypto import base64url
from crypto.errors import TokenRejected
from crypto.jose import jwe, jwt, nested
from crypto.keys.handle import ES256, SM2, Signer, SigningAlgorithm
from crypto.keys.software import SoftwareKeys, new_root_key
from tests.crypto.jose.peers import P256_PAIR, SM2_PAIR, P256Reader, Pair, Sm2Reader

_NOW = 1_800_000_000
_CLAIMS = {"iss": "https://id.province.test", "exp": _NOW + 60, "名": "一号"}
_ALGORITHMS, _ENCRYPTIONS = frozenset({"SGD_SM2_3", "ECDH-ES"}), frozenset({"SGD_SM4_GCM", "A256GCM"})


def _signer(algorithm: SigningAlgorithm) -> Signer:
    keys = SoftwareKeys(new_root_key())
    made = keys.generate(algorithm)
    return keys.signer(made.handle, made.wrapped)


def _unwrap(token: str, reader: Sm2Reader | P256Reader, max_bytes: int = 16 * 1024) -> str:
    return nested.unwrap(token, reader, algorithms=_ALGORITHMS, encryptions=_ENCRYPTIONS, max_bytes=max_bytes)


@pytest.mark.clause("RFC 7519", "5.2")
@pytest.mark.parametrize(
    ("algorithm", "reader", "pair"), [(SM2, Sm2Reader(), SM2_PAIR), (ES256, P256Reader(), P256_PAIR)]
)
def test_what_is_signed_and_encrypted_is_opened_and_verified(
    algorithm: SigningAlgorithm, reader: Sm2Reader | P256Reader, pair: Pair
) -> None:
    """The outer header says that a JWT is inside, and the inner one verifies as if it had come alone."""
    signer = _signer(algorithm)
    signed = jwt.encode(_CLAIMS, signer)
    token = nested.wrap(signed, reader.jwk, **pair)
    assert json.loads(base64url.decode(token.partition(".")[0]))["cty"] == "JWT"
    assert "一号" not in token
    inside = _unwrap(token, reader)
    assert inside == signed
    keys = [signer.handle.public_jwk]
    claims = jwt.decode(inside, keys, algorithms=frozenset({algorithm}), typ=None, now=_NOW)
    assert claims == _CLAIMS


@pytest.mark.parametrize("cty", [None, "text/plain", "at+jwt", "JWS"])
def test_an_encrypted_token_of_other_content_is_refused(cty: str | None) -> None:
    """Only what calls its content a JWT is taken for one."""
    reader = Sm2Reader()
    token = jwe.encrypt(b"a.b.c", reader.jwk, **SM2_PAIR, cty=cty)
    with pytest.raises(TokenRejected, match="typ"):
        _unwrap(token, reader)


def test_nesting_ends_after_one_level() -> None:
    """An encrypted token inside an encrypted token is not opened, nor is anything else that is no compact JWS."""
    reader = Sm2Reader()
    once = nested.wrap("a.b.c", reader.jwk, **SM2_PAIR)
    for content in (once, "", "a.b", "a.b.c.d", '{"sub":"x"}'):
        token = jwe.encrypt(content.encode(), reader.jwk, **SM2_PAIR, cty="JWT")
        with pytest.raises(TokenRejected, match="malformed"):
            _unwrap(token, reader)
    for foreign in ("é.b.c".encode(), b"\xff.b.c"):
        with pytest.raises(TokenRejected, match="malformed"):
            _unwrap(jwe.encrypt(foreign, reader.jwk, **SM2_PAIR, cty="JWT"), reader)


def test_an_encrypted_token_is_no_signed_one_and_the_other_way_round() -> None:
    """Five parts where three are expected, and three where five are: refused by their shape."""
    reader, signer = Sm2Reader(), _signer(SM2)
    signed = jwt.encode(_CLAIMS, signer)
    wrapped = nested.wrap(signed, reader.jwk, **SM2_PAIR)
    with pytest.raises(TokenRejected, match="malformed"):
        _unwrap(signed, reader)
    with pytest.raises(TokenRejected, match="malformed"):
        jwt.decode(wrapped, [signer.handle.public_jwk], algorithms=frozenset({SM2}), typ=None, now=_NOW)


def test_anybody_can_encrypt_but_only_the_signer_signs() -> None:
    """A token that a stranger encrypted opens, and its signature is then refused."""
    reader, signer = Sm2Reader(), _signer(SM2)
    forged = nested.wrap(jwt.encode(_CLAIMS, _signer(SM2)), reader.jwk, **SM2_PAIR)
    with pytest.raises(TokenRejected, match=r"key|signature"):
        jwt.decode(
            _unwrap(forged, reader),
            [signer.handle.public_jwk],
            algorithms=frozenset({SM2}),
            typ=None,
            now=_NOW,
        )
