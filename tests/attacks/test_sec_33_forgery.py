"""SEC-33: no foreign page changes anything in a person's name, and reading changes nothing at all."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from idp.main import public_routes
from idp.web.routing import Auth
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.raw import RawAnswer, ask, cookie_header, snapshot
from tests.support.synthetic import synthetic_uscc

pytestmark = pytest.mark.sec("SEC-33")
FORM_ROUTES = {
    route.path
    for route in public_routes()
    if "POST" in route.methods and route.auth in {Auth.BROWSER, Auth.SESSION}
}
ASK_ONLY = {"/oauth/authorize", "/oauth/logout"}
"""Applications send people here by POST from their own pages (OpenID Connect Core §3.1.2.1, RP-Initiated Logout 1.0
§2): these ask, and only the form that they show changes anything."""


@dataclass
class Stage:
    """A browser in front of a form of ours: where the form goes and what it sends."""

    browser: Browser
    path: str
    fields: dict[str, str]
    good: frozenset[int] = frozenset({200, 303})


def login(provider: Provider) -> Stage:
    browser, person = Browser(provider).open("/login"), provider.make.person()
    typed = {"identifier": person.id_number, "password": person.password}
    return Stage(browser, "/login", {**browser.hidden(), **typed})


def login_continue(provider: Provider) -> Stage:
    browser = Browser(provider).open("/account").sign_in(provider.make.person()).open("/login")
    return Stage(browser, "/login/continue", browser.hidden())


def consent(provider: Provider) -> Stage:
    party = RelyingParty(provider, provider.make.client())
    browser = Browser(provider).open(party.authorize_url()).sign_in(provider.make.person())
    return Stage(browser, "/consent", {**browser.hidden(), "decision": "allow"})


def end_session(provider: Provider) -> Stage:
    browser = Browser(provider).open("/account").sign_in(provider.make.person())
    return Stage(browser, "/account/sessions/end", {**browser.hidden(), "confirm": "yes"})


def withdraw(provider: Provider) -> Stage:
    party = RelyingParty(provider, provider.make.client())
    browser = Browser(provider)
    party.tokens(browser, provider.make.person())
    token = browser.open("/account").hidden()["csrf_token"]
    fields = {"csrf_token": token, "handle": party.client.client_id, "confirm": "yes"}
    return Stage(browser, "/account/applications/withdraw", fields)


def logout(provider: Provider) -> Stage:
    browser = Browser(provider).open("/account").sign_in(provider.make.person()).open("/oauth/logout")
    return Stage(browser, "/oauth/logout/confirm", browser.hidden())


def claim(provider: Provider) -> Stage:
    page = "/account/organisations/claim"
    browser = Browser(provider).open(page).sign_in(provider.make.person())
    fields = {**browser.hidden(), "code": synthetic_uscc(7)}
    # There is no register here: the claim is heard, noted and not followed.
    return Stage(browser, page, fields, frozenset({503}))


STAGES: dict[str, Callable[[Provider], Stage]] = {
    "/login": login,
    "/login/continue": login_continue,
    "/consent": consent,
    "/account/sessions/end": end_session,
    "/account/applications/withdraw": withdraw,
    "/oauth/logout/confirm": logout,
    "/account/organisations/claim": claim,
}
FOREIGN = (
    {"Origin": "https://evil.test"},
    {"Origin": "null"},
    {"Origin": "https://id.province.test.evil.test"},
    {"Origin": "http://id.province.test"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Referer": "https://evil.test/id.province.test/"},
)


def send(provider: Provider, stage: Stage, fields: dict[str, str], headers: dict[str, str]) -> RawAnswer:
    """The form with these fields and headers, with the cookies of its own browser."""
    return ask(
        provider,
        "POST",
        stage.path,
        body=urlencode(fields).encode(),
        headers=cookie_header(stage.browser) | headers,
    )


def test_every_form_of_ours_is_on_a_stage() -> None:
    """A new POST route of pages cannot be forgotten here."""
    assert set(STAGES) | ASK_ONLY == FORM_ROUTES


@pytest.mark.parametrize("path", STAGES)
def test_a_form_needs_its_own_token_and_its_own_origin(provider: Provider, path: str) -> None:
    """Missing, wrong, other browser's and other session's token, and every foreign origin, change no row."""
    stage = STAGES[path](provider)
    own = {"Origin": provider.issuer}
    other = Browser(provider, "192.0.2.12").open("/account").sign_in(provider.make.person())
    before = Browser(provider, "192.0.2.13").open("/login")
    tokens = {
        "missing": None,
        "empty": "",
        "wrong": "A" * 86,
        "cut": stage.fields["csrf_token"][:-4],
        "of another session": other.hidden()["csrf_token"],
        "of another browser": before.hidden()["csrf_token"],
    }
    rows = snapshot(provider)
    for name, token in tokens.items():
        rest = {key: value for key, value in stage.fields.items() if key != "csrf_token"}
        given = rest if token is None else {**rest, "csrf_token": token}
        answer = send(provider, stage, given, own)
        assert answer.status == 400 and not answer.all("Set-Cookie"), name
        assert snapshot(provider) == rows, name
    for foreign in FOREIGN:
        answer = send(provider, stage, stage.fields, foreign)
        assert answer.status == 400 and not answer.all("Set-Cookie"), foreign
        assert snapshot(provider) == rows, foreign
    good = send(provider, stage, stage.fields, own)
    assert good.status in stage.good, good.text
    assert path == "/login/continue" or snapshot(provider) != rows, "the form itself works"


def test_a_token_from_before_the_sign_in_serves_no_form_of_the_session(provider: Provider) -> None:
    """The browser is the same, the session is new: what was shown before it cannot act in it."""
    browser = Browser(provider).open("/login")
    early = browser.hidden()["csrf_token"]
    browser.sign_in(provider.make.person())
    stage = Stage(
        browser, "/account/sessions/end", {**browser.hidden(), "csrf_token": early, "confirm": "yes"}
    )
    rows = snapshot(provider)
    assert send(provider, stage, stage.fields, {"Origin": provider.issuer}).status == 400
    assert snapshot(provider) == rows


@pytest.mark.parametrize("path", sorted(ASK_ONLY))
def test_what_an_application_may_post_only_asks(provider: Provider, path: str) -> None:
    """A cross-site POST that starts a sign-in or sign-out changes no row: a page of ours asks first."""
    party = RelyingParty(provider, provider.make.client())
    browser = Browser(provider).open("/account").sign_in(provider.make.person())
    query = party.authorize_url().partition("?")[2] if path == "/oauth/authorize" else ""
    rows = snapshot(provider)
    headers = cookie_header(browser) | {"Origin": "https://dept-one.test"}
    answer = ask(provider, "POST", path, body=query.encode(), headers=headers)
    assert answer.status in {200, 303}
    assert "dept-one.test/callback" not in (answer.one("Location") or "")
    assert snapshot(provider) == rows
    assert 'id="password"' not in browser.open("/account").page


def test_machine_endpoints_do_not_know_cookies(provider: Provider) -> None:
    """The cookies of a signed-in person authenticate nothing at token, introspection, revocation and userinfo."""
    browser = Browser(provider).open("/account").sign_in(provider.make.person())
    for path in ("/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/userinfo"):
        assert ask(provider, "POST", path, headers=cookie_header(browser)).status == 401, path


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_changes_no_row(provider: Provider, method: str) -> None:
    """Every route, with live handles and with the fields of its form in the query, leaves every table as it was.

    The one exception is an authorization request whose session and consent stand: its code is its answer. The time
    of last use of a session is kept once a minute at most; the clock stands here.
    """
    stages = [make(provider) for make in (login, login_continue, end_session, logout)]
    stages.append(consent(provider))
    urls = [f"{route.path}?{urlencode(stage.fields)}" for route in public_routes() for stage in stages]
    urls += [route.path for route in public_routes()]
    urls += [
        f"{path}={stage.fields['transaction']}"
        for path in ("/login?transaction", "/consent?question", "/oauth/authorize/resume?request")
        for stage in stages
        if "transaction" in stage.fields
    ]
    urls.append(RelyingParty(provider, provider.make.client("dept-two")).authorize_url())
    rows = snapshot(provider)
    for number, url in enumerate(urls):
        for stage in [None, *stages]:
            cookies = cookie_header(stage.browser) if stage else {}
            answer = ask(provider, method, url, headers=cookies, address=f"198.18.0.{number}")
            assert answer.status < 500
        assert snapshot(provider) == rows, url


def test_the_exception_is_the_code_of_a_standing_session_and_consent(provider: Provider) -> None:
    """GET of an agreed authorization writes who was told of the session and its audit event, and nothing else."""
    party = RelyingParty(provider, provider.make.client())
    browser = Browser(provider)
    party.tokens(browser, provider.make.person())
    rows = snapshot(provider)
    provider.clock.advance(1)
    answer = ask(provider, "GET", party.authorize_url(), headers=cookie_header(browser))
    assert answer.status == 303 and "code=" in (answer.one("Location") or "")
    changed = {name for name, after in snapshot(provider).items() if after != rows[name]}
    assert changed == {"session_participant", "audit_event"}
