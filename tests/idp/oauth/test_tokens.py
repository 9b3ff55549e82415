"""The tokens themselves, read by another implementation or against published vectors."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from joserfc import jwk, jwt

from crypto.jose import jwt as strict
from crypto.jose.profile import half_hash
from idp.oauth.tokens import logout_token
from tests.idp.oauth.house import ISSUER, House, claims_of, header_of

VECTORS = Path(__file__).parents[2] / "vectors"


@pytest.fixture(autouse=True)
def people(house: House) -> None:
    """A client for each algorithm and a person with a session."""
    house.add_client("one")
    house.add_client("gm", id_token_signed_response_alg="SGD_SM3_SM2")
    house.add_person()


@pytest.mark.clause("OpenID Connect Core 1.0", "3.1.3.6")
def test_at_hash_is_that_of_the_algorithm(house: House) -> None:
    """SM3 stands behind SM2 as the published vector has it, SHA-256 behind ES256."""
    vector = orjson.loads((VECTORS / "jose/sm2_jws.json").read_bytes())["half_hash"]
    assert half_hash("SGD_SM3_SM2", vector["value"]) == vector["half"]
    for client_id, alg in (("gm", "SGD_SM3_SM2"), ("one", "ES256")):
        tokens = house.tokens(client_id)
        assert header_of(tokens["id_token"])["alg"] == alg
        assert claims_of(tokens["id_token"])["at_hash"] == half_hash(alg, tokens["access_token"])


@pytest.mark.clause("RFC 9068", "2.2")
def test_an_access_token_has_the_claims_of_its_profile(house: House) -> None:
    """Type, required claims and a fresh identifier; another implementation verifies the signature."""
    first, second = house.tokens("one")["access_token"], house.tokens("one")["access_token"]
    key = jwk.KeySet.import_key_set(
        {"keys": [key for key in house.get("jwks").json["keys"] if key["crv"] == "P-256"]}
    )
    claims = jwt.decode(first, key, algorithms=["ES256"]).claims
    assert header_of(first)["typ"] == "at+jwt"
    assert {"iss", "exp", "aud", "sub", "client_id", "iat", "jti", "scope", "auth_time", "acr", "amr"} <= set(
        claims
    )
    assert claims["iss"] == claims["aud"] == ISSUER
    assert claims["exp"] - claims["iat"] == 600
    assert claims["jti"] != claims_of(second)["jti"]


@pytest.mark.clause("OpenID Connect Core 1.0", "2")
def test_an_id_token_names_its_client_alone(house: House) -> None:
    """The audience is the one client; times are whole seconds; no personal data is inside."""
    house.clock.now += 0.75
    claims = claims_of(house.tokens("one")["id_token"])
    assert claims["aud"] == "one"
    assert all(isinstance(claims[name], int) for name in ("exp", "iat", "auth_time"))
    assert {"name", "id_number", "phone_number"}.isdisjoint(claims)


def test_a_request_without_nonce_gets_none(house: House) -> None:
    """There is no empty nonce."""
    assert "nonce" not in claims_of(house.tokens("one", nonce=None)["id_token"])


@pytest.mark.clause("OpenID Connect Back-Channel Logout 1.0", "2.4")
@pytest.mark.parametrize("client_id", ["one", "gm"])
def test_a_logout_token_ends_one_session_at_one_client(house: House, client_id: str) -> None:
    """Type, event, session and subject as the standard has them, two minutes long, without nonce, new each time."""
    client = house.client(client_id)
    first, second = (
        logout_token.build(ISSUER, house.protect, house.clock, client, "the-sub", "session-1")
        for _ in range(2)
    )
    claims = strict.decode(
        first,
        list(house.keyring.ring().by_kid.values()),
        algorithms=frozenset({client.id_token_signed_response_alg}),
        typ=frozenset({"logout+jwt"}),
        issuer=ISSUER,
        audience=client_id,
        now=house.clock.now,
    )
    assert (claims["sub"], claims["sid"]) == ("the-sub", "session-1")
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert int(str(claims["exp"])) - int(str(claims["iat"])) == 120
    assert "nonce" not in claims
    assert claims["jti"] != claims_of(second)["jti"]


def test_verified_tokens_are_held_within_bounds(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of six tokens shown twice only the last three are remembered; the forgotten ones verify again."""
    monkeypatch.setattr("idp.oauth.tokens.access_token.MAX_HELD", 3)
    verified: list[str] = []
    decode = strict.decode

    def noted(token: str, *arguments: Any, **options: Any) -> dict[str, object]:
        verified.append(token)
        return decode(token, *arguments, **options)

    monkeypatch.setattr(strict, "decode", noted)
    tokens = [house.tokens("one")["access_token"] for _ in range(6)]
    for token in (*tokens, *reversed(tokens)):
        assert house.access_tokens.read(token).client_id == "one"
    assert verified == [*tokens, *reversed(tokens[:3])]
