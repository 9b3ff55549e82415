"""Introspection."""

import pytest

from crypto.jose import jwt
from idp.oauth.tokens import logout_token
from tests.idp.oauth.foreign_keys import es256
from tests.idp.oauth.house import ISSUER, VERIFIER, House, basic, claims_of, header_of

INACTIVE = {"active": False}


@pytest.fixture(autouse=True)
def people(house: House) -> None:
    """Two clients, a resource server and a person with a session."""
    house.add_client("one")
    house.add_client("two")
    house.add_client("resource", may_introspect=True)
    house.add_person()


@pytest.mark.clause("RFC 7662", "2.2")
@pytest.mark.sec("SEC-39")
def test_a_resource_server_learns_what_the_token_says(house: House) -> None:
    """The answer repeats the claims of the access token, without the family and without personal data."""
    token = house.tokens("one")["access_token"]
    claims = claims_of(token)
    claims.pop("fam")
    assert house.introspect("resource", token) == {"active": True, "token_type": "Bearer", **claims}


@pytest.mark.sec("SEC-39")
def test_a_client_learns_of_its_own_tokens_only(house: House) -> None:
    """Another's token, access or refresh, is answered as if there were none."""
    tokens = house.tokens("one")
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert house.introspect("one", token)["active"] is True
        assert house.introspect("two", token) == INACTIVE


@pytest.mark.sec("SEC-39")
def test_inactive_is_one_answer(house: House) -> None:
    """Expired, revoked, spent, unknown and malformed tokens get the same bytes."""
    tokens = house.tokens("one")
    house.refresh("one", tokens["refresh_token"])
    revoked = house.tokens("one")["access_token"]
    house.post("revoke", {"token": revoked}, basic("one"))
    old = house.tokens("one")["access_token"]
    house.clock.now += 600
    several = (old, revoked, tokens["refresh_token"], "x", "a.b.c", "..", "x" * 9000 + ".x.x")
    answers = {house.post("introspect", {"token": token}, basic("resource")).body for token in several}
    assert answers == {b'{"active":false}'}


def test_a_token_lives_until_its_last_second_and_not_longer(house: House) -> None:
    """Expiry is exact for our own tokens, also when the verification is remembered."""
    token = house.tokens("one")["access_token"]
    house.clock.now += 599
    assert house.introspect("resource", token)["active"] is True
    house.clock.now += 1
    assert house.introspect("resource", token) == INACTIVE


@pytest.mark.sec("SEC-38")
def test_no_other_jwt_is_an_access_token(house: House) -> None:
    """ID tokens and logout tokens of ours, and access tokens of another signer, are not active."""
    tokens = house.tokens("one")
    logout = logout_token.build(ISSUER, house.protect, house.clock, house.client("one"), "sub", "session-1")
    forged = es256(header_of(tokens["access_token"])["kid"])
    for token in (
        tokens["id_token"],
        logout,
        forged.token(claims_of(tokens["access_token"]), typ="at+jwt"),
        forged.token(claims_of(tokens["access_token"]), typ="at+jwt", kid=None),
        forged.token(claims_of(tokens["access_token"]), typ="at+jwt", jwk=forged.jwk),
    ):
        assert house.introspect("resource", token) == INACTIVE
        assert house.userinfo(token).status == 401


@pytest.mark.sec("SEC-38")
@pytest.mark.parametrize("typ", ["JWT", "logout+jwt", "at+jwtx", ""])
def test_the_type_alone_tells_an_access_token(house: House, typ: str) -> None:
    """The claims of an access token, signed by us as something else, are no access token."""
    claims = claims_of(house.tokens("one")["access_token"])
    other = jwt.encode(claims, house.keyring.signer("ES256"), typ)
    assert house.introspect("resource", other) == INACTIVE


@pytest.mark.sec("SEC-08")
@pytest.mark.parametrize("alg", ["none", "HS256", "SGD_SM3_SM2"])
def test_the_header_cannot_change_the_algorithm(house: House, alg: str) -> None:
    """A token whose header names another algorithm than its key is not ours."""
    token = house.tokens("one")["access_token"]
    forged = es256(header_of(token)["kid"]).token(claims_of(token), typ="at+jwt", alg=alg)
    assert house.introspect("resource", forged) == INACTIVE
    assert house.introspect("resource", forged.rpartition(".")[0] + ".") == INACTIVE


@pytest.mark.sec("SEC-44")
def test_a_retired_key_verifies_nothing_even_what_it_verified_before(house: House) -> None:
    """A remembered verification ends with its key."""
    token = house.tokens("one")["access_token"]
    assert house.introspect("resource", token)["active"] is True
    house.retire_keys("ES256")
    assert house.introspect("resource", token) == INACTIVE


def test_a_token_under_sm2_is_read_back(house: House) -> None:
    """A client that registered SM2 gets access tokens under it, and they are active."""
    house.add_client("gm", access_token_signed_response_alg="SGD_SM3_SM2")
    token = house.tokens("gm")["access_token"]
    assert header_of(token)["alg"] == "SGD_SM3_SM2"
    assert house.introspect("resource", token)["active"] is True


def test_a_machine_token_is_active_until_revoked(house: House) -> None:
    """A token without a person has its client as subject; revoked by itself it is inactive."""
    token = house.post("token", {"grant_type": "client_credentials"}, basic("one")).json["access_token"]
    told = house.introspect("resource", token)
    assert (told["active"], told["sub"], told["client_id"]) == (True, "one", "one")
    house.post("revoke", {"token": token}, basic("one"))
    assert house.introspect("resource", token) == INACTIVE


@pytest.mark.clause("RFC 7662", "2.1")
def test_who_asks_must_have_proven_itself(house: House) -> None:
    """Neither a wrong secret nor a public client is told anything, not even about its own token."""
    house.add_client("spa", kind="spa", token_endpoint_auth_method="none", client_secret_digest=None)
    form = {"grant_type": "authorization_code", "client_id": "spa", "code": house.code("spa")}
    form |= {"redirect_uri": "https://app.example.test/callback", "code_verifier": VERIFIER}
    token = house.post("token", form).json["access_token"]
    assert house.post("introspect", {"token": token, "client_id": "spa"}).error == "unauthorized_client"
    assert house.post("introspect", {"token": token}, basic("one", "wrong")).error == "invalid_client"
    assert house.post("introspect", {}, basic("one")).error == "invalid_request"


def test_an_active_answer_is_not_stored_and_not_recorded(house: House) -> None:
    """No cache keeps the answer, and asking leaves no trace in the audit log."""
    token = house.tokens("one")["access_token"]
    answer = house.post("introspect", {"token": token}, basic("resource"))
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(house.events("token.refused")) == len(house.events("client.refused")) == 0
