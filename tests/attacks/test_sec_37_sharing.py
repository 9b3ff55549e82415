"""SEC-37: which scripts of other origins may read an answer, and which answers a cache may keep."""

from urllib.parse import urlencode

import pytest

from idp.main import public_routes
from idp.web.routing import Cors
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.raw import RawAnswer, ask, cookie_header

pytestmark = pytest.mark.sec("SEC-37")
ALLOW = "Access-Control-Allow-Origin"
OURS = "https://dept-one.test"
CLIENT_PATHS = [route.path for route in public_routes() if route.cors is Cors.CLIENT]
ANY_PATHS = [route.path for route in public_routes() if route.cors is Cors.ANY]
CLOSED_PATHS = [route.path for route in public_routes() if route.cors is Cors.NONE]
FOREIGN = (
    "https://evil.test",
    "https://dept-two.test",
    "null",
    "https://dept-one.test.evil.test",
    "https://evil-dept-one.test",
    "http://dept-one.test",
    "https://dept-one.test:444",
    "https://DEPT-ONE.test",
    "https://dept-one.test/",
    "https://dept-one.test/callback",
    "https://dept-one.test, https://evil.test",
    "*",
    "",
)


@pytest.fixture
def parties(provider: Provider) -> tuple[RelyingParty, RelyingParty]:
    """Two registered applications, each with its own origin."""
    made = [RelyingParty(provider, provider.make.client(name)) for name in ("dept-one", "dept-two")]
    return made[0], made[1]


def client_answers(
    party: RelyingParty, tokens: dict[str, str], origin: str
) -> list[tuple[str, int, list[str], str]]:
    """Path, status, allowed origins and Vary of every answer to the authenticated client of `party`."""
    calls = [
        ("/oauth/token", {"grant_type": "refresh_token", "refresh_token": "none"}),
        ("/oauth/token", {"grant_type": "nonsense"}),
        ("/oauth/introspect", {"token": tokens["access_token"]}),
        ("/oauth/revoke", {"token": "none"}),
    ]
    answers = [(path, party.call(path, fields, Origin=origin)) for path, fields in calls]
    answers.append(("/oauth/userinfo", party.userinfo(tokens["access_token"], Origin=origin)))
    return [
        (path, one.status_code, one.headers.getlist(ALLOW), one.headers.get("Vary", ""))
        for path, one in answers
    ]


def test_an_origin_is_named_only_to_its_own_authenticated_client(
    provider: Provider, parties: tuple[RelyingParty, RelyingParty]
) -> None:
    """Registered for this client: named, exactly once. Registered for another, similar, or foreign: never."""
    one, _ = parties
    tokens = one.tokens(Browser(provider), provider.make.person())
    for path, _, allowed, vary in client_answers(one, tokens, OURS):
        assert (allowed, vary) == ([OURS], "Origin"), path
    for origin in FOREIGN:
        for path, _, allowed, vary in client_answers(one, tokens, origin):
            assert (allowed, vary) == ([], "Origin"), (path, origin)


def test_who_is_not_authenticated_is_named_no_origin(
    provider: Provider, parties: tuple[RelyingParty, RelyingParty]
) -> None:
    """A wrong secret, no credentials and a dead token leave the registered origin unnamed too."""
    bodies = {
        "wrong": {"client_id": parties[0].client.client_id, "client_secret": "wrong", "token": "x"},
        "none": {"token": "x"},
    }
    for path in CLIENT_PATHS:
        for fields in bodies.values():
            headers = (
                {"Origin": OURS, "Authorization": "Bearer e30.e30.e30"}
                if "userinfo" in path
                else {"Origin": OURS}
            )
            answer = ask(provider, "POST", path, body=urlencode(fields).encode(), headers=headers)
            assert answer.status in {400, 401} and answer.all(ALLOW) == [], path
            assert answer.one("Vary") == "Origin", path


def test_preflights_are_answered_for_registered_origins_only(
    provider: Provider, parties: tuple[RelyingParty, RelyingParty]
) -> None:
    """A preflight names no client: a registered origin gets the narrow list of what it may send, others a refusal."""
    for path in CLIENT_PATHS:
        good = ask(provider, "OPTIONS", path, headers={"Origin": OURS})
        assert (good.status, good.one(ALLOW), good.one("Vary")) == (204, OURS, "Origin")
        assert good.one("Access-Control-Allow-Headers") == "Authorization, Content-Type"
        assert "*" not in (good.one("Access-Control-Allow-Methods") or "*")
        for origin in set(FOREIGN) - {"https://dept-two.test"}:
            refused = ask(provider, "OPTIONS", path, headers={"Origin": origin})
            assert refused.status == 400 and refused.all(ALLOW) == [], (path, origin)
    for path in ANY_PATHS:
        assert ask(provider, "OPTIONS", path, headers={"Origin": "https://evil.test"}).one(ALLOW) == "*"
    for path in CLOSED_PATHS:
        refused = ask(provider, "OPTIONS", path, headers={"Origin": OURS})
        assert refused.status == 405 and refused.all(ALLOW) == [], path


def test_pages_are_readable_by_no_script_of_another_origin(
    provider: Provider, parties: tuple[RelyingParty, RelyingParty]
) -> None:
    """Pages, redirects and failures name no origin, and credentials are allowed nowhere at all."""
    browser = Browser(provider)
    parties[0].tokens(browser, provider.make.person())
    for headers in ({"Origin": OURS}, cookie_header(browser) | {"Origin": OURS}):
        for route in public_routes():
            answer = ask(provider, "GET", route.path, headers=headers)
            assert answer.all("Access-Control-Allow-Credentials") == [], route.path
            if route.cors is Cors.NONE:
                assert answer.all(ALLOW) == [], route.path
        assert ask(provider, "GET", "/nowhere", headers=headers).all(ALLOW) == []


def test_no_cache_keeps_what_belongs_to_somebody(
    provider: Provider, parties: tuple[RelyingParty, RelyingParty]
) -> None:
    """Everything but the public documents and static files says no-store once: pages, tokens, redirects, refusals."""
    party = parties[0]
    browser = Browser(provider)
    tokens = party.tokens(browser, provider.make.person())
    for headers in ({}, cookie_header(browser)):
        for method in ("GET", "HEAD", "POST"):
            for route in public_routes():
                answer = ask(provider, method, route.path, headers=headers)
                if route.path not in ANY_PATHS or answer.status >= 400:
                    assert is_kept_by_nobody(answer), f"{method} {route.path} {answer.status}"
        agreed = ask(provider, "GET", party.authorize_url(), headers=headers)
        assert is_kept_by_nobody(agreed)
    fresh = party.refresh(tokens["refresh_token"])
    assert fresh.status_code == 200 and fresh.headers["Cache-Control"] == "no-store"
    for told in (
        party.userinfo(fresh.get_json()["access_token"]),
        party.call("/oauth/introspect", {"token": tokens["access_token"]}),
        party.call("/oauth/revoke", {"token": tokens["access_token"]}),
    ):
        assert told.status_code == 200 and told.headers["Cache-Control"] == "no-store"
    for path, status in (("/nowhere", 404), ("/static/none.css", 404), ("/" + "a" * 3000, 413)):
        missing = ask(provider, "GET", path)
        assert missing.status == status and is_kept_by_nobody(missing), path


def test_after_signing_out_the_way_back_shows_nothing(provider: Provider) -> None:
    """The account page was kept nowhere, so going back asks the server, which asks for a sign-in."""
    browser = Browser(provider).open("/account").sign_in(provider.make.person())
    assert browser.headers["Cache-Control"] == "no-store"
    browser.open("/oauth/logout").submit()
    assert 'id="password"' in browser.open("/account").page


def is_kept_by_nobody(answer: RawAnswer) -> bool:
    """Whether Cache-Control is no-store and nothing else."""
    return answer.one("Cache-Control") == "no-store"
