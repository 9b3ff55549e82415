"""Userinfo."""

from pathlib import Path

import pytest

from idp.settings import Profile
from idp.storage.base import Base
from idp.storage.engine import Sql
from tests.idp.oauth.house import ORIGIN, House, basic, claims_of
from tests.support.synthetic import synthetic_id_number


@pytest.fixture(autouse=True)
def people(house: House) -> None:
    """A client and a person with a session."""
    house.add_client("one")
    house.add_person()


@pytest.mark.clause("OpenID Connect Core 1.0", "5.3.2")
@pytest.mark.sec("SEC-39")
def test_claims_follow_the_granted_scopes(house: House) -> None:
    """The subject of the ID token always; beyond it what the scopes name, and absent facts not at all."""
    bare = house.tokens("one", "openid")
    sub = claims_of(bare["id_token"])["sub"]
    answer = house.userinfo(bare["access_token"])
    assert (answer.json, answer.headers["Cache-Control"]) == ({"sub": sub}, "no-store")
    full = house.tokens("one", "openid realname idcard mobile")["access_token"]
    assert house.userinfo(full).json == {
        "sub": sub,
        "name": "测试样例",
        "ial": 3,
        "id_type": "resident_id",
        "id_number": synthetic_id_number(1),
    }


@pytest.mark.sec("SEC-39")
def test_two_sectors_see_two_subjects(house: House) -> None:
    """The same person is somebody else at an application of another sector, and the same within one."""
    house.add_client("two")
    house.add_client("three", sector_identifier="one.example.test")
    subs = [
        house.userinfo(house.tokens(name)["access_token"]).json["sub"] for name in ("one", "two", "three")
    ]
    assert subs[0] == subs[2] != subs[1]


def test_sensitive_claims_do_not_leave_in_production(tmp_path: Path, house: House) -> None:
    """Outside the sandbox the ID number is neither given nor announced."""
    sql = Sql(f"sqlite:///{tmp_path}/production.db")
    Base.metadata.create_all(sql.engine)
    production = House(sql, house.store, house.clock, profile=Profile.PRODUCTION)
    production.add_client("one")
    production.add_person()
    token = production.tokens("one", "openid idcard")["access_token"]
    assert "id_number" not in production.userinfo(token).json
    assert "id_number" not in production.get("discovery").json["claims_supported"]
    sql.close()


def test_a_scope_that_the_client_lost_gives_nothing(house: House) -> None:
    """What was taken from the client's registration is not told any more, also under an old token."""
    token = house.tokens("one", "openid realname")["access_token"]
    house.change_client("one", scope="openid")
    assert sorted(house.userinfo(token).json) == ["sub"]


@pytest.mark.clause("RFC 6750", "3.1")
def test_without_a_token_the_challenge_names_no_error(house: House) -> None:
    """Nobody did anything wrong yet: the challenge is bare."""
    for headers in (
        {},
        {"Authorization": "Basic x"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer"},
    ):
        answer = house.get("userinfo", headers)
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="yihao"')
        assert "error" not in answer.json


@pytest.mark.clause("RFC 6750", "3.1")
def test_a_bad_token_is_named_invalid(house: House) -> None:
    """The challenge and the body bear the protocol's word, nothing of the token."""
    answer = house.userinfo("a.secret.token")
    assert (answer.status, answer.error) == (401, "invalid_token")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert b"secret" not in answer.body


@pytest.mark.clause("RFC 6750", "3.1")
@pytest.mark.sec("SEC-38")
def test_a_token_without_openid_is_not_enough(house: House) -> None:
    """A machine token and a token narrowed below `openid` are insufficient, and the needed scope is named."""
    machine = house.post("token", {"grant_type": "client_credentials"}, basic("one")).json["access_token"]
    refresh_token = house.tokens("one")["refresh_token"]
    narrow = house.refresh("one", refresh_token, scope="realname").json["access_token"]
    for token in (machine, narrow):
        answer = house.userinfo(token)
        assert (answer.status, answer.error) == (403, "insufficient_scope")
        assert answer.headers["WWW-Authenticate"].endswith('scope="openid"')


@pytest.mark.clause("RFC 9700", "4.3.2")
def test_a_token_elsewhere_than_in_the_header_is_refused(house: House) -> None:
    """Query and form are refused, alone or beside the header."""
    token = house.tokens("one")["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    answers = [
        house.get("userinfo", {}, f"access_token={token}"),
        house.get("userinfo", bearer, f"access_token={token}"),
        house.post("userinfo", {"access_token": token}),
        house.post("userinfo", {"access_token": token}, bearer),
    ]
    assert [(answer.status, answer.error) for answer in answers] == [(400, "invalid_request")] * 4


def test_post_works_like_get(house: House) -> None:
    """A POST with the token in the header is answered alike (OpenID Connect Core §5.3.1)."""
    token = house.tokens("one")["access_token"]
    bearer = {"Authorization": f"bearer {token}"}
    assert house.post("userinfo", {}, bearer).body == house.get("userinfo", bearer).body
    plain = bearer | {"Content-Type": "text/plain"}
    assert house.post("userinfo", "", plain).status == 200


@pytest.mark.sec("SEC-37")
def test_only_a_script_of_this_very_client_may_read(house: House) -> None:
    """The origin is echoed when registered for the client of the token, for others and refusals it is not."""
    house.add_client("two", redirect_uris=["https://two.example.test/callback"])
    grant = house.grant("two", redirect_uri="https://two.example.test/callback")
    foreign = house.redeem("two", house.codes.issue(grant), redirect_uri=grant.redirect_uri).json[
        "access_token"
    ]
    token = house.tokens("one")["access_token"]
    for shown, origin, is_echoed in (
        (token, ORIGIN, True),
        (foreign, ORIGIN, False),
        (token, "https://two.example.test", False),
        (token, "null", False),
        (token, ORIGIN + ".evil.test", False),
        ("bad", ORIGIN, False),
    ):
        answer = house.get("userinfo", {"Authorization": f"Bearer {shown}", "Origin": origin})
        assert answer.headers.get("Access-Control-Allow-Origin") == (origin if is_echoed else None)
        assert answer.headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.sec("SEC-37")
def test_the_token_endpoint_echoes_the_origin_after_authentication_only(house: House) -> None:
    """A browser application reads its answer and its refusal; who did not prove itself reads nothing."""
    origin = {"Origin": ORIGIN}
    granted = house.post("token", {"grant_type": "client_credentials"}, basic("one") | origin)
    refused = house.post("token", {"grant_type": "password"}, basic("one") | origin)
    unproven = house.post("token", {"grant_type": "password"}, basic("one", "wrong") | origin)
    other = house.post("token", {"grant_type": "password"}, basic("one") | {"Origin": "https://x.test"})
    echoed = [
        answer.headers.get("Access-Control-Allow-Origin") for answer in (granted, refused, unproven, other)
    ]
    assert echoed == [ORIGIN, ORIGIN, None, None]
