"""Redeeming authorization codes."""

import threading
from pathlib import Path
from typing import Any

import orjson
import pytest

from crypto.tokens import digest
from idp.clock import instant
from idp.errors import Unavailable
from idp.oauth.grants.pkce import challenge_of, is_proven
from idp.oauth.tokens import store as token_store
from idp.oauth.tokens.code import CodeGrant
from idp.oauth.tokens.models import FamilyRow, RefreshTokenRow
from tests.idp.oauth.house import VERIFIER, House, basic, claims_of, header_of
from tests.idp.oauth.racing import at_once

VECTORS = Path(__file__).parents[2] / "vectors"
BOTH_PAIRS = pytest.mark.parametrize("house", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def people(house: House) -> None:
    """A client and a person with a session."""
    house.add_client("one")
    house.add_client("two")
    house.add_person()


@BOTH_PAIRS
@pytest.mark.clause("RFC 6749", "4.1.4")
def test_a_code_gives_tokens_about_the_sign_in(house: House) -> None:
    """The answer holds a bearer token, a refresh token and an ID token, and no cache may keep it."""
    answer = house.redeem("one", house.code("one", amr="pwd otp"))
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    body = answer.json
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 600, "openid realname")
    id_claims, access = claims_of(body["id_token"]), claims_of(body["access_token"])
    assert id_claims["nonce"] == "n-1"
    assert id_claims["amr"] == ["pwd", "otp"]
    assert id_claims["sub"] == access["sub"] != "person-1"
    assert header_of(body["access_token"])["typ"] == "at+jwt"
    assert house.count_rows(RefreshTokenRow) == 1
    assert [event.actor for event in house.events("token.issued")] == ["client:one"]


def test_a_client_without_the_refresh_grant_gets_no_refresh_token(house: House) -> None:
    """Only a client registered for the refresh grant receives a refresh token."""
    house.add_client("three", grant_types=["authorization_code"])
    assert "refresh_token" not in house.tokens("three")


@pytest.mark.clause("RFC 7636", "4.2")
def test_the_challenge_is_that_of_the_standard() -> None:
    """The vector of appendix B gives its challenge and is proven by its verifier."""
    vector = orjson.loads((VECTORS / "oauth/pkce.json").read_bytes())
    assert challenge_of(vector["code_verifier"]) == vector["code_challenge"]
    assert is_proven(vector["code_verifier"], vector["code_challenge"])


@pytest.mark.clause("RFC 7636", "4.1")
@pytest.mark.parametrize("verifier", ["v" * 42, "v" * 129, "v" * 42 + "+", "v" * 42 + "é", "v" * 43 + "\n"])
def test_a_malformed_verifier_proves_nothing(verifier: str) -> None:
    """Too short, too long or foreign characters fail even where the challenge was made from them."""
    challenge = challenge_of(verifier) if verifier.isascii() else ""
    assert not is_proven(verifier, challenge)


@pytest.mark.sec("SEC-05")
@pytest.mark.clause("RFC 7636", "4.6")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": challenge_of(VERIFIER)}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": "https://app.example.test/callback/"}, "invalid_grant"),
        ({"redirect_uri": "https://APP.example.test/callback"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_request"),
    ],
)
def test_a_failed_check_burns_nothing(house: House, changes: dict[str, str], error: str) -> None:
    """Without the right verifier and the very same redirect URI there are no tokens, and the code stays good."""
    code = house.code("one")
    refused = house.redeem("one", code, **changes)
    assert (refused.status, refused.error) == (400, error)
    assert house.count_rows(FamilyRow) == 0
    assert house.redeem("one", code).status == 200


@pytest.mark.sec("SEC-05")
def test_a_code_without_a_challenge_is_not_redeemed_by_any_verifier(house: House) -> None:
    """A code that was somehow issued without PKCE gives nothing, with a verifier or without."""
    code = house.code("one", code_challenge="")
    assert house.redeem("one", code).error == "invalid_grant"
    assert house.redeem("one", code, code_verifier="").error == "invalid_request"


@pytest.mark.sec("SEC-06")
def test_two_clients_cannot_swap_their_codes(house: House) -> None:
    """A code in the hands of another client is refused without harm to its owner."""
    first, second = house.code("one"), house.code("two")
    assert house.redeem("one", second).error == "invalid_grant"
    assert house.redeem("two", first).error == "invalid_grant"
    assert house.redeem("one", first).status == house.redeem("two", second).status == 200


@pytest.mark.sec("SEC-06")
def test_neither_a_refresh_token_nor_rubbish_is_a_code(house: House) -> None:
    """Things of another kind are unknown here, and refusing them harms nothing."""
    refresh_token = house.tokens("one")["refresh_token"]
    for code in (refresh_token, "x", "x" * 5000, "码"):
        assert house.redeem("one", code).error == "invalid_grant"
    assert house.refresh("one", refresh_token).status == 200


def test_a_code_dies_after_a_minute(house: House) -> None:
    """An unspent code is unknown once its life is over."""
    code = house.code("one")
    house.clock.now += 61
    assert house.redeem("one", code).error == "invalid_grant"


@BOTH_PAIRS
@pytest.mark.sec("SEC-06")
@pytest.mark.clause("RFC 6749", "4.1.2")
def test_second_use_of_a_code_revokes_what_the_first_gave(house: House) -> None:
    """The replay is refused, its revocation is durable, and it is on record."""
    code = house.code("one")
    tokens = house.redeem("one", code).json
    house.clock.now += 540
    assert house.redeem("one", code).error == "invalid_grant"
    assert house.introspect("one", tokens["access_token"]) == {"active": False}
    assert house.userinfo(tokens["access_token"]).status == 401
    assert house.refresh("one", tokens["refresh_token"]).error == "invalid_grant"
    assert [event.details["kind"] for event in house.events("token.replayed")] == ["code_replayed"]
    assert [event.details["why"] for event in house.events("token.family_revoked")] == ["code_replayed"]


@BOTH_PAIRS
@pytest.mark.sec("SEC-06")
def test_two_hundred_redemptions_at_once_leave_nothing_usable(house: House) -> None:
    """One redemption succeeds, it alone burns the code, and what it gave is revoked."""
    code = house.code("one")
    burned = []
    spend = house.codes.spend

    def noted(held: Any) -> bool:
        won = spend(held)
        burned.append(won)
        return won

    house.codes.spend = noted  # type: ignore[method-assign]  # watches the race
    answers = at_once(200, lambda: house.redeem("one", code))
    assert sum(burned) == 1
    won = [answer for answer in answers if answer.status == 200]
    assert len(won) == 1
    assert {answer.error for answer in answers if answer.status != 200} == {"invalid_grant"}
    assert house.count_rows(FamilyRow) == 1
    for answer in won:
        assert house.introspect("one", answer.json["access_token"]) == {"active": False}
        assert house.refresh("one", answer.json["refresh_token"]).error == "invalid_grant"


@BOTH_PAIRS
@pytest.mark.sec("SEC-06")
def test_a_replay_that_overtakes_the_first_redemption_bars_it(house: House) -> None:
    """When the replay comes between the swap and the insert, the first redemption gets nothing."""
    grant = house.grant("one")
    code = house.codes.issue(grant)
    spend = house.codes.spend

    def overtaken(held: Any) -> bool:
        won = spend(held)
        house.codes.spend = spend  # type: ignore[method-assign]  # only the first redemption is overtaken
        assert house.redeem("one", code).error == "invalid_grant"
        return won

    house.codes.spend = overtaken  # type: ignore[method-assign]  # stands between swap and insert
    assert house.redeem("one", code).error == "invalid_grant"
    assert house.count_rows(RefreshTokenRow) == 0
    with house.sql.once() as db:
        standing = token_store.find_standing(db, grant.family_id)
    assert standing is not None
    assert standing.revoked_at == instant(house.clock)


@BOTH_PAIRS
@pytest.mark.sec("SEC-07")
def test_the_database_alone_refuses_a_second_family_of_a_code(house: House) -> None:
    """Were the short-lived store to forget a spent code, its digest would still found one family only."""
    grant, client = house.grant("one"), house.client("one")
    again = CodeGrant(**{**_fields(grant), "family_id": "another"})
    with house.sql.begin() as db:
        assert house.families.found(db, grant, digest("code"), client) is not None
        assert house.families.found(db, again, digest("code"), client) is None
        assert house.families.found(db, grant, digest("other"), client) is None


@pytest.mark.sec("SEC-06")
def test_a_family_is_founded_for_its_own_client_and_person_only(house: House) -> None:
    """A grant in the hands of another client, or naming another person than the session's, founds nothing."""
    house.add_person("person-2")
    own, foreign = house.grant("one"), house.grant("one", person_id="person-2")
    with house.sql.begin() as db:
        assert house.families.found(db, own, digest("a"), house.client("two")) is None
        assert house.families.found(db, foreign, digest("b"), house.client("one")) is None


@pytest.mark.sec("SEC-23")
@pytest.mark.parametrize("why", ["signed_out", "idle"])
def test_a_code_of_an_ended_session_gives_nothing(house: House, why: str) -> None:
    """Whoever signed out before the code was redeemed is not signed in by it, offline access or not."""
    code = house.code("one", "offline_access openid")
    house.end_session("session-1", why)
    assert house.redeem("one", code).error == "invalid_grant"


@BOTH_PAIRS
@pytest.mark.sec("SEC-23")
def test_a_sign_out_beside_a_redemption_waits_for_it_and_reaches_it(house: House) -> None:
    """Whoever signs out while a code is being redeemed leaves no offline access behind."""
    found = house.families.found
    sign_out = threading.Thread(target=house.end_session, args=("session-1", "signed_out"))

    def beside(*arguments: Any) -> Any:
        family = found(*arguments)
        sign_out.start()
        sign_out.join(0.3)
        assert sign_out.is_alive()
        return family

    house.families.found = beside  # type: ignore[method-assign,assignment]  # stands between founding and commit
    tokens = house.tokens("one", "offline_access openid")
    sign_out.join()
    assert house.refresh("one", tokens["refresh_token"]).error == "invalid_grant"


def test_a_store_that_does_not_answer_after_the_swap_gives_no_second_chance(house: House) -> None:
    """When the transaction fails after the code was burned, nothing was issued and the client starts again."""
    code = house.code("one")
    begin = house.sql.begin

    def down() -> Any:
        raise Unavailable("svc.down")

    house.sql.begin = down  # type: ignore[method-assign]  # the database goes away
    with pytest.raises(Unavailable):
        house.redeem("one", code)
    house.sql.begin = begin  # type: ignore[method-assign]  # and comes back
    assert house.redeem("one", code).error == "invalid_grant"
    assert house.count_rows(RefreshTokenRow) == 0


def test_a_refusal_says_nothing_of_the_code(house: House) -> None:
    """Unknown, foreign and spent codes are refused in the same words; the log alone knows which."""
    spent, foreign = house.code("one"), house.code("two")
    house.redeem("one", spent)
    answers = [house.redeem("one", code) for code in ("unknown", foreign, spent)]
    assert len({answer.body for answer in answers}) == 1
    assert {event.details["error"] for event in house.events("token.refused")} == {"invalid_grant"}


def test_a_parameter_given_twice_is_refused(house: House) -> None:
    """A repeated parameter is an error, an unknown one is ignored (RFC 6749 §3.2)."""
    form = "grant_type=client_credentials&grant_type=client_credentials"
    assert house.post("token", form, basic("one")).error == "invalid_request"
    known = {"grant_type": "client_credentials", "something": "else"}
    assert house.post("token", known, basic("one")).status == 200


def _fields(grant: CodeGrant) -> dict[str, Any]:
    return {name: getattr(grant, name) for name in CodeGrant.__dataclass_fields__}
