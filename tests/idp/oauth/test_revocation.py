"""Revocation."""

import pytest

from idp.oauth.tokens.models import RevokedTokenRow
from tests.idp.oauth.house import House, basic

BOTH_PAIRS = pytest.mark.parametrize("house", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def people(house: House) -> None:
    """Two clients and a person with a session."""
    house.add_client("one")
    house.add_client("two")
    house.add_person()


@BOTH_PAIRS
@pytest.mark.clause("RFC 7009", "2.1")
def test_an_access_token_is_revoked_by_itself(house: House) -> None:
    """The revoked token is dead everywhere, its refresh token goes on; a second revocation changes nothing."""
    tokens = house.tokens("one")
    for _ in range(2):
        answer = house.post("revoke", {"token": tokens["access_token"]}, basic("one"))
        assert (answer.status, answer.body, answer.headers["Cache-Control"]) == (200, b"", "no-store")
    assert house.introspect("one", tokens["access_token"]) == {"active": False}
    assert house.userinfo(tokens["access_token"]).status == 401
    assert house.refresh("one", tokens["refresh_token"]).status == 200
    assert house.count_rows(RevokedTokenRow) == 1


@BOTH_PAIRS
@pytest.mark.clause("RFC 7009", "2.1")
def test_a_refresh_token_takes_its_family_along(house: House) -> None:
    """Every token of the family is dead, whichever of its refresh tokens was given, and the act is on record."""
    first = house.tokens("one")
    second = house.refresh("one", first["refresh_token"]).json
    other = house.tokens("one")
    assert house.post("revoke", {"token": first["refresh_token"]}, basic("one")).status == 200
    assert house.introspect("one", first["access_token"]) == {"active": False}
    assert house.introspect("one", second["access_token"]) == {"active": False}
    assert house.refresh("one", second["refresh_token"]).error == "invalid_grant"
    assert house.refresh("one", other["refresh_token"]).status == 200
    assert [event.details["why"] for event in house.events("token.family_revoked")] == ["revoked_by_client"]


@pytest.mark.clause("RFC 7009", "2.2")
@pytest.mark.parametrize("token", ["x", "a.b.c", "x" * 9000, "x." * 3000])
@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "something"])
def test_an_unknown_token_is_revoked_already(house: House, token: str, hint: str) -> None:
    """Nothing to revoke is no error, whatever the hint says."""
    form = {"token": token, "token_type_hint": hint}
    assert house.post("revoke", form, basic("one")).status == 200


def test_a_wrong_hint_does_not_save_a_token(house: House) -> None:
    """A hint is a hint: the token is found all the same."""
    tokens = house.tokens("one")
    form = {"token": tokens["refresh_token"], "token_type_hint": "access_token"}
    assert house.post("revoke", form, basic("one")).status == 200
    assert house.refresh("one", tokens["refresh_token"]).error == "invalid_grant"


@pytest.mark.sec("SEC-06")
@pytest.mark.clause("RFC 7009", "2.1")
def test_nobody_revokes_the_tokens_of_another(house: House) -> None:
    """A foreign token is refused and stays usable."""
    tokens = house.tokens("one")
    for token in (tokens["access_token"], tokens["refresh_token"]):
        answer = house.post("revoke", {"token": token}, basic("two"))
        assert (answer.status, answer.error) == (400, "unauthorized_client")
    assert house.userinfo(tokens["access_token"]).status == 200
    assert house.refresh("one", tokens["refresh_token"]).status == 200


def test_an_ended_token_is_revoked_already(house: House) -> None:
    """An expired access token needs no row to be remembered by."""
    token = house.tokens("one")["access_token"]
    house.clock.now += 600
    assert house.post("revoke", {"token": token}, basic("one")).status == 200
    assert house.count_rows(RevokedTokenRow) == 0


def test_a_public_client_may_revoke_its_own(house: House) -> None:
    """A browser application can sign itself out, naming itself (RFC 7009 §2.1)."""
    house.add_client("spa", kind="spa", token_endpoint_auth_method="none", client_secret_digest=None)
    token = house.tokens("one")["refresh_token"]
    assert house.post("revoke", {"token": token, "client_id": "spa"}).error == "unauthorized_client"
    assert house.post("revoke", {"token": "x", "client_id": "spa"}).status == 200
    assert house.post("revoke", {"client_id": "spa"}).error == "invalid_request"
    assert house.post("revoke", {"token": token}).error == "invalid_client"
