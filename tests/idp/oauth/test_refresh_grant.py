"""Rotating refresh tokens."""

import pytest

from idp.accounts.models import PersonState
from idp.clock import instant
from idp.oauth.tokens.models import RefreshTokenRow
from tests.idp.oauth.house import House, basic, claims_of
from tests.idp.oauth.racing import at_once

BOTH_PAIRS = pytest.mark.parametrize("house", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def people(house: House) -> None:
    """Two clients and a person with a session."""
    house.add_client("one")
    house.add_client("two")
    house.add_person()


@BOTH_PAIRS
@pytest.mark.clause("OpenID Connect Core 1.0", "12.2")
def test_a_refresh_gives_successors_about_the_same_sign_in(house: House) -> None:
    """The ID token keeps subject and time of sign-in and has no nonce; the refresh token is a new one."""
    first = house.tokens("one")
    house.clock.now += 300
    answer = house.refresh("one", first["refresh_token"])
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    before, after = claims_of(first["id_token"]), claims_of(answer.json["id_token"])
    assert (after["sub"], after["auth_time"]) == (before["sub"], before["auth_time"])
    assert after["iat"] == before["iat"] + 300
    assert "nonce" not in after
    assert answer.json["refresh_token"] != first["refresh_token"]
    assert house.userinfo(answer.json["access_token"]).status == 200


@BOTH_PAIRS
@pytest.mark.clause("RFC 9700", "4.14.2")
def test_a_refresh_token_that_comes_twice_revokes_its_family(house: House) -> None:
    """Neither the thief nor the owner goes on, and the revocation stands although the answer is an error."""
    first = house.tokens("one")
    second = house.refresh("one", first["refresh_token"]).json
    assert house.refresh("one", first["refresh_token"]).error == "invalid_grant"
    assert house.refresh("one", second["refresh_token"]).error == "invalid_grant"
    assert house.introspect("one", second["access_token"]) == {"active": False}
    assert [event.details["kind"] for event in house.events("token.replayed")] == ["refresh_replayed"]


@BOTH_PAIRS
@pytest.mark.sec("SEC-07")
def test_of_fifty_exchanges_at_once_one_at_most_succeeds(house: House) -> None:
    """A refresh token is spent by one request; the others are replays, after which the family is dead."""
    token = house.tokens("one")["refresh_token"]
    answers = at_once(50, lambda: house.refresh("one", token))
    won = [answer for answer in answers if answer.status == 200]
    assert len(won) == 1
    assert {answer.error for answer in answers if answer.status != 200} == {"invalid_grant"}
    assert house.count_rows(RefreshTokenRow) == 2
    assert house.refresh("one", won[0].json["refresh_token"]).error == "invalid_grant"


@pytest.mark.clause("RFC 6749", "6")
@pytest.mark.sec("SEC-38")
def test_scope_narrows_and_never_widens(house: House) -> None:
    """A narrower scope is given, a wider one refused without spending the token, and narrowing does not stick."""
    token = house.tokens("one", "openid realname")["refresh_token"]
    for wider in ("openid realname mobile", "admin", " "):
        refused = house.refresh("one", token, scope=wider)
        assert (refused.status, refused.error) == (400, "invalid_scope")
    narrow = house.refresh("one", token, scope="realname").json
    assert narrow["scope"] == "realname"
    assert "id_token" not in narrow
    assert house.refresh("one", narrow["refresh_token"]).json["scope"] == "openid realname"


def test_a_scope_that_the_client_lost_is_not_given_again(house: House) -> None:
    """What was taken from the client's registration leaves the next tokens."""
    token = house.tokens("one", "openid realname")["refresh_token"]
    house.change_client("one", scope="openid")
    assert house.refresh("one", token).json["scope"] == "openid"


@pytest.mark.sec("SEC-06")
def test_another_client_can_neither_use_nor_kill_a_refresh_token(house: House) -> None:
    """In foreign hands a token is unknown, even a spent one, and its family stays."""
    first = house.tokens("one")["refresh_token"]
    second = house.refresh("one", first).json["refresh_token"]
    assert house.refresh("two", second).error == "invalid_grant"
    assert house.refresh("two", first).error == "invalid_grant"
    assert house.refresh("one", second).status == 200


@pytest.mark.sec("SEC-38")
def test_no_other_token_is_a_refresh_token(house: House) -> None:
    """Access and ID tokens, a code and rubbish are unknown here."""
    tokens = house.tokens("one")
    for other in (tokens["access_token"], tokens["id_token"], house.code("one"), "x"):
        assert house.refresh("one", other).error == "invalid_grant"


@BOTH_PAIRS
@pytest.mark.sec("SEC-23")
@pytest.mark.parametrize(
    ("why", "offline_lives"),
    [("idle", True), ("absolute", True), ("signed_out", False), ("ended_by_person", False)],
)
def test_the_end_of_a_session_ends_its_tokens(house: House, why: str, offline_lives: bool) -> None:
    """Online families end with their session in any case, offline ones only where somebody wanted it."""
    online = house.tokens("one")
    offline = house.tokens("one", "offline_access openid")
    house.end_session("session-1", why)
    assert house.refresh("one", online["refresh_token"]).error == "invalid_grant"
    assert house.introspect("one", online["access_token"]) == {"active": False}
    assert (house.refresh("one", offline["refresh_token"]).status == 200) is offline_lives


def test_a_scope_that_only_looks_like_offline_access_outlives_nothing(house: House) -> None:
    """The offline mark is compared as a whole word: neither a longer name nor a wildcard stands for it."""
    scope = "openid xoffline_access offlineXaccess"
    token = house.tokens("one", scope)["refresh_token"]
    house.end_session("session-1", "idle")
    with house.sql.once() as db:
        held = house.find_refresh(db, token)
    assert held is not None
    assert held.standing.revoked_at == instant(house.clock)


@pytest.mark.sec("SEC-23")
def test_an_idle_session_ends_online_tokens_before_any_job_ran(house: House) -> None:
    """The idle limit counts by itself, not by the job that records it; offline access outlives it."""
    online = house.tokens("one")
    offline = house.tokens("one", "offline_access openid")
    house.clock.now += 1801
    assert house.refresh("one", online["refresh_token"]).error == "invalid_grant"
    assert house.refresh("one", offline["refresh_token"]).status == 200


@pytest.mark.sec("SEC-23")
def test_a_session_at_its_absolute_limit_ends_online_tokens(house: House) -> None:
    """A session in constant use still ends after eight hours, and with it families that were founded late."""
    for _ in range(19):
        house.clock.now += 1500
        house.touch_session("session-1")
    token = house.tokens("one")["refresh_token"]
    house.clock.now += 200
    token = house.refresh("one", token).json["refresh_token"]
    house.clock.now += 200
    assert house.refresh("one", token).error == "invalid_grant"


@pytest.mark.sec("SEC-23")
@pytest.mark.parametrize("state", [PersonState.FROZEN, PersonState.CLOSED])
def test_a_person_who_may_not_sign_in_has_no_usable_tokens(house: House, state: PersonState) -> None:
    """Freezing or closing a person stops every use at once, offline access or not."""
    tokens = house.tokens("one", "offline_access openid")
    code = house.code("one")
    with house.sql.begin() as db:
        house.persons.change_state(db, "person-1", state, instant(house.clock))
    assert house.refresh("one", tokens["refresh_token"]).error == "invalid_grant"
    assert house.redeem("one", code).error == "invalid_grant"
    assert house.introspect("one", tokens["access_token"]) == {"active": False}
    assert house.introspect("one", tokens["refresh_token"]) == {"active": False}
    assert house.userinfo(tokens["access_token"]).status == 401


@pytest.mark.sec("SEC-23")
def test_a_suspended_application_can_do_nothing(house: House) -> None:
    """Its client is refused at the door, and others are told that its tokens are not active."""
    house.add_client("resource", may_introspect=True)
    tokens = house.tokens("one")
    machine = house.post("token", {"grant_type": "client_credentials"}, basic("one")).json["access_token"]
    house.suspend("one")
    refused = house.refresh("one", tokens["refresh_token"])
    assert (refused.status, refused.error) == (401, "invalid_client")
    assert house.introspect("resource", tokens["access_token"]) == {"active": False}
    assert house.introspect("resource", tokens["refresh_token"]) == {"active": False}
    assert house.introspect("resource", machine) == {"active": False}
    assert house.userinfo(tokens["access_token"]).status == 401


def test_withdrawn_consent_ends_the_tokens_of_that_client_only(house: House) -> None:
    """What the person gave to one application says nothing about another."""
    mine, other = house.tokens("one"), house.tokens("two")
    with house.sql.begin() as db:
        assert house.families.revoke_consent(db, "person-1", "one", "consent_withdrawn") == 1
    assert house.refresh("one", mine["refresh_token"]).error == "invalid_grant"
    assert house.refresh("two", other["refresh_token"]).status == 200


def test_a_family_ends_at_its_time_however_often_it_was_refreshed(house: House) -> None:
    """Rotation does not prolong the family: after thirty days of offline access the person is asked again."""
    token = house.tokens("one", "offline_access openid")["refresh_token"]
    for _ in range(3):
        house.clock.now += 9 * 86_400
        token = house.refresh("one", token).json["refresh_token"]
    house.clock.now += 3 * 86_400
    assert house.refresh("one", token).error == "invalid_grant"


def test_an_access_token_does_not_outlive_its_family(house: House) -> None:
    """The last access token of a family is as short as the family's remaining life."""
    token = house.tokens("one", "offline_access openid")["refresh_token"]
    house.clock.now += 30 * 86_400 - 100
    assert house.refresh("one", token).json["expires_in"] == 100


def test_a_public_client_rotates_too(house: House) -> None:
    """A browser application names itself, and its refresh token is spent by use all the same."""
    house.add_client("spa", kind="spa", token_endpoint_auth_method="none", client_secret_digest=None)
    form = {"grant_type": "refresh_token", "client_id": "spa"}
    code_form = {
        "grant_type": "authorization_code",
        "client_id": "spa",
        "code": house.code("spa"),
        "redirect_uri": "https://app.example.test/callback",
        "code_verifier": "v" * 43,
    }
    token = house.post("token", code_form).json["refresh_token"]
    assert house.post("token", form | {"refresh_token": token}).status == 200
    assert house.post("token", form | {"refresh_token": token}).error == "invalid_grant"


def test_a_client_without_the_grant_is_refused(house: House) -> None:
    """A grant that the client is not registered for, and one that nobody is, are told apart."""
    house.add_client("narrow", grant_types=["client_credentials"])
    assert house.refresh("narrow", "x").error == "unauthorized_client"
    assert house.post("token", {"grant_type": "password"}, basic("one")).error == "unsupported_grant_type"
    assert house.post("token", {}, basic("one")).error == "invalid_request"
