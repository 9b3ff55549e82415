"""An application that asks for tokens under SM2 (GM/T 0125.2), checked by two libraries that share no code."""

import base64
import hashlib
import json

import pytest

from crypto import base64url
from crypto.errors import VerificationError
from crypto.sm import second_opinion, sm2, sm3
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.tokens import claims_of, published_keys

CURVE_A = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC"
CURVE_B = "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"
BASE = (
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)


def _tokens(provider: Provider, algorithm: str) -> tuple[RelyingParty, dict[str, str]]:
    client = provider.make.client(
        id_token_signed_response_alg=algorithm, access_token_signed_response_alg=algorithm
    )
    application = RelyingParty(provider, client)
    return application, application.tokens(Browser(provider), provider.make.person())


def _message_digest(public: bytes, message: bytes) -> bytes:
    """e = SM3(Z ‖ M) under the default identity (GM/T 0003.2 §5.5), written apart from the product's code."""
    identity = b"1234567812345678"
    z = (len(identity) * 8).to_bytes(2, "big") + identity + bytes.fromhex(CURVE_A + CURVE_B + BASE) + public
    return hashlib.new("sm3", hashlib.new("sm3", z).digest() + message).digest()


@pytest.mark.clause("GM/T 0125.2", "5")
def test_the_id_token_verifies_with_two_libraries(any_provider: Provider) -> None:
    """Our own verification and gmssl agree that the signature is of the published SM2 key."""
    application, tokens = _tokens(any_provider, "SGD_SM3_SM2")
    claims = claims_of(any_provider, tokens["id_token"], audience=application.client.client_id)
    assert claims["nonce"] == application.nonce
    head, payload, signature = tokens["id_token"].split(".")
    header = json.loads(base64url.decode(head))
    assert header["alg"] == "SGD_SM3_SM2"
    (key,) = [key for key in published_keys(any_provider) if key["kid"] == header["kid"]]
    public = base64url.decode(key["x"]) + base64url.decode(key["y"])
    e = _message_digest(public, f"{head}.{payload}".encode())
    second_opinion.verify(public, e, base64url.decode(signature))
    forged = _message_digest(public, f"{head}.{payload}x".encode())
    with pytest.raises(VerificationError):
        second_opinion.verify(public, forged, base64url.decode(signature))
    assert sm2.DEFAULT_IDENTITY == b"1234567812345678"


@pytest.mark.parametrize("algorithm", ["SGD_SM3_SM2", "ES256"])
@pytest.mark.clause("OpenID Connect Core 1.0", "3.1.3.6")
def test_at_hash_is_half_of_the_algorithms_own_digest(provider: Provider, algorithm: str) -> None:
    """Under SM2 the access token is hashed by SM3, under ES256 by SHA-256; the left half counts."""
    _, tokens = _tokens(provider, algorithm)
    whole = (
        sm3.digest(tokens["access_token"].encode())
        if algorithm == "SGD_SM3_SM2"
        else hashlib.sha256(tokens["access_token"].encode()).digest()
    )
    expected = base64.urlsafe_b64encode(whole[:16]).rstrip(b"=").decode()
    assert claims_of(provider, tokens["id_token"])["at_hash"] == expected


def test_the_sm2_access_token_serves_like_any_other(any_provider: Provider) -> None:
    """Userinfo, refresh and the ID token after it work under SM2; the subject stays."""
    application, tokens = _tokens(any_provider, "SGD_SM3_SM2")
    claims = application.userinfo(tokens["access_token"]).get_json()
    assert claims["name"] == "测试甲"
    again = application.refresh(tokens["refresh_token"]).get_json()
    assert claims_of(any_provider, again["id_token"])["sub"] == claims["sub"]
