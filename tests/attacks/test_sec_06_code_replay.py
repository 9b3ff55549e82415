"""SEC-06: a code is redeemed once, by its own client, for its own address, while its session stands."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from werkzeug.test import TestResponse

from idp.oauth.tokens.models import FamilyRow
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider

pytestmark = [pytest.mark.sec("SEC-06"), pytest.mark.clause("RFC 6749", "4.1.2")]
PARALLEL = 200


def code_for(
    provider: Provider, client_id: str = "dept-one", **changes: Any
) -> tuple[RelyingParty, Browser, str]:
    """A client, a browser that is signed in at it, and a fresh code."""
    party = RelyingParty(provider, provider.make.client(client_id, **changes))
    browser = Browser(provider).open(party.authorize_url())
    browser.sign_in(provider.make.person()).allow()
    return party, browser, party.answer(browser)["code"]


def refused(answer: TestResponse) -> bool:
    """Whether a token request ended in nothing."""
    body = answer.get_json()
    return answer.status_code == 400 and body["error"] == "invalid_grant" and "access_token" not in body


def is_dead(party: RelyingParty, tokens: dict[str, Any]) -> bool:
    """Whether nothing of a token answer can be used any more."""
    introspected = party.call("/oauth/introspect", {"token": tokens["access_token"]}).get_json()
    return (
        party.userinfo(tokens["access_token"]).status_code == 401
        and introspected == {"active": False}
        and refused(party.refresh(tokens["refresh_token"]))
    )


def redeem_at_once(party: RelyingParty, code: str) -> list[TestResponse]:
    """So many redemptions of one code at the same moment, each from an address of its own."""
    start = Barrier(PARALLEL)

    def redeem(number: int) -> TestResponse:
        caller = replace(party, address=f"198.51.100.{number}")
        start.wait()
        return caller.redeem(code)

    with ThreadPoolExecutor(PARALLEL) as threads:
        return list(threads.map(redeem, range(PARALLEL)))


def test_of_two_hundred_redemptions_at_once_one_succeeds_and_leaves_no_usable_token(
    any_provider: Provider,
) -> None:
    """Exactly one caller gets tokens, everybody else a refusal, and the replay kills what the first one got."""
    party, _, code = code_for(any_provider)
    answers = redeem_at_once(party, code)
    won = [answer.get_json() for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert Counter(refused(answer) for answer in answers)[True] == PARALLEL - len(won)
    assert all(is_dead(party, tokens) for tokens in won)
    assert len(any_provider.events("token.issued")) == len(won)
    assert len(any_provider.events("token.replayed")) == PARALLEL - 1
    with any_provider.sql.once() as db:
        families = db.execute(FamilyRow.__table__.select()).all()
    assert [bool(row.revoked_at) for row in families] == [True]


@pytest.mark.parametrize("later", [0, 61])
def test_a_replay_at_any_time_ends_what_the_first_redemption_gave(any_provider: Provider, later: int) -> None:
    """At once, within the code's life and long after it: the second use is known for one, and its family dies."""
    party, _, code = code_for(any_provider)
    tokens = party.redeem(code).get_json()
    assert party.userinfo(tokens["access_token"]).status_code == 200
    any_provider.clock.advance(later)
    assert refused(party.redeem(code))
    assert is_dead(party, tokens)
    (replay,) = any_provider.events("token.replayed")
    assert "code_replayed" in str(replay.details)


def test_a_replay_reaches_what_was_refreshed_since(any_provider: Provider) -> None:
    """Tokens that came from the family by refreshing end with it."""
    party, _, code = code_for(any_provider)
    first = party.redeem(code).get_json()
    second = party.refresh(first["refresh_token"]).get_json()
    assert refused(party.redeem(code))
    assert is_dead(party, second)
    assert party.userinfo(first["access_token"]).status_code == 401


def test_nobody_else_redeems_a_code_nor_harms_it(any_provider: Provider) -> None:
    """Another client, without or with the right verifier, another address, no authentication: refused, and nothing burned."""
    party, _, code = code_for(any_provider)
    other = RelyingParty(
        any_provider, any_provider.make.client("dept-two", redirect_uris=[party.client.redirect_uri])
    )
    public = any_provider.make.client(
        "dept-app", token_endpoint_auth_method="none", redirect_uris=[party.client.redirect_uri]
    )
    for thief in (other, RelyingParty(any_provider, public)):
        assert refused(thief.redeem(code))
        assert refused(thief.redeem(code, code_verifier=party.verifier))
        assert refused(
            thief.redeem(code, code_verifier=party.verifier, redirect_uri=party.client.redirect_uri)
        )
    unproven = RelyingParty(any_provider, replace(party.client, client_secret="guessed"), party.verifier)
    assert unproven.redeem(code).status_code == 401
    nameless = RelyingParty(any_provider, replace(party.client, client_secret=None), party.verifier)
    assert nameless.redeem(code).status_code == 401
    for changes in (
        {"redirect_uri": "https://dept-one.test/callback/"},
        {"redirect_uri": "https://dept-one.test/"},
        {"code_verifier": "w" * 43},
    ):
        assert refused(party.redeem(code, **changes))
    tokens = party.redeem(code).get_json()
    assert party.userinfo(tokens["access_token"]).status_code == 200


def test_a_thief_who_replays_a_spent_code_ends_nothing(any_provider: Provider) -> None:
    """Who cannot prove to be the code's client, or lacks its verifier, cannot sign others out with an old code."""
    party, _, code = code_for(any_provider)
    other = RelyingParty(any_provider, any_provider.make.client("dept-two"))
    tokens = party.redeem(code).get_json()
    assert refused(other.redeem(code, code_verifier=party.verifier))
    assert refused(party.redeem(code, code_verifier="w" * 43))
    assert party.userinfo(tokens["access_token"]).status_code == 200


def test_a_code_falls_with_its_session(any_provider: Provider) -> None:
    """Signed out between code and redemption: nothing is given, also not while another session of the person stands."""
    person = any_provider.make.person()
    party = RelyingParty(any_provider, any_provider.make.client("dept-one"))
    first, second = Browser(any_provider), Browser(any_provider)
    first.open(party.authorize_url()).sign_in(person).allow()
    code = party.answer(first)["code"]
    second.open(party.authorize_url()).sign_in(person)
    other = party.answer(second)["code"]
    first.open("/oauth/logout").submit()
    assert refused(party.redeem(code))
    tokens = party.redeem(other).get_json()
    assert party.userinfo(tokens["access_token"]).status_code == 200


def test_nothing_of_another_kind_is_a_code(any_provider: Provider) -> None:
    """Handles of sign-in, consent, pending request and sign-out, tokens, cookies: none is known as a code, none is harmed."""
    party, browser, code = code_for(any_provider)
    tokens = party.redeem(code).get_json()
    asking = Browser(any_provider).open(party.authorize_url())
    consenting = Browser(any_provider).open(party.authorize_url(scope="openid idcard"))
    consenting.sign_in(any_provider.make.person())
    browser.open("/oauth/logout?client_id=dept-one")
    handles = {
        **{f"sign-in {name}": value for name, value in asking.hidden().items()},
        **{f"consent {name}": value for name, value in consenting.hidden().items()},
        **{f"sign-out {name}": value for name, value in browser.hidden().items()},
        **{name: str(tokens[name]) for name in ("access_token", "refresh_token", "id_token")},
        "session cookie": str(browser.cookie("yh_session")),
        "nothing": "code",
    }
    assert len(handles) > 9
    for name, handle in handles.items():
        if handle:
            assert refused(party.redeem(handle)), name
    assert party.userinfo(tokens["access_token"]).status_code == 200
    assert party.refresh(tokens["refresh_token"]).status_code == 200
    assert asking.sign_in(any_provider.make.person()).status == 200
    assert browser.submit().status == 200


def test_a_code_is_nothing_else(any_provider: Provider) -> None:
    """Not a refresh token, an access token, a handle of a sign-in, of a pending request or of sign-out."""
    party, browser, code = code_for(any_provider)
    assert refused(party.refresh(code))
    assert party.userinfo(code).status_code == 401
    assert party.call("/oauth/introspect", {"token": code}).get_json() == {"active": False}
    assert party.call("/oauth/revoke", {"token": code}).status_code == 200
    for path in (f"/oauth/authorize/resume?request={code}", f"/consent?question={code}"):
        assert browser.open(path).status == 400
        assert browser.left_to is None
    assert party.redeem(code).status_code == 200, "none of this burned the code"
