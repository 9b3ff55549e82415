"""Signing out at the wish of an application (OpenID Connect RP-Initiated Logout 1.0, decision 0005)."""

from urllib.parse import urlencode

import pytest

from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.raw import ask

BACK = "https://dept-one.test/"
ASKS = 'id="logout-confirm"'


def _signed_in(provider: Provider) -> tuple[RelyingParty, Browser, dict[str, str]]:
    application, browser = RelyingParty(provider, provider.make.client()), Browser(provider)
    return application, browser, application.tokens(browser, provider.make.person())


def _url(**parameters: str) -> str:
    return "/oauth/logout?" + urlencode(parameters)


@pytest.mark.clause("OpenID Connect RP-Initiated Logout 1.0", "2")
def test_asking_ends_nothing_and_confirming_ends_all(any_provider: Provider) -> None:
    """GET shows the question; the form of it ends session and tokens and leads back with the state."""
    application, browser, tokens = _signed_in(any_provider)
    browser.open(_url(id_token_hint=tokens["id_token"], post_logout_redirect_uri=BACK, state="s 1&x"))
    assert ASKS in browser.page and "应用 dept-one" in browser.page
    assert application.userinfo(tokens["access_token"]).status_code == 200
    browser.submit()
    assert browser.left_to == BACK + "?state=s+1%26x"
    assert browser.cookie("yh_session") is None
    assert application.userinfo(tokens["access_token"]).status_code == 401
    assert application.refresh(tokens["refresh_token"]).status_code == 400
    assert len(any_provider.events("session.ended")) == 1


def test_an_expired_hint_still_names_its_client(provider: Provider) -> None:
    """ID tokens live minutes, sessions hours: a hint from this morning is good enough."""
    _, browser, tokens = _signed_in(provider)
    provider.clock.advance(1200)
    browser.open(_url(id_token_hint=tokens["id_token"], post_logout_redirect_uri=BACK)).submit()
    assert browser.left_to == BACK


def test_without_a_session_one_is_led_back_at_once(provider: Provider) -> None:
    """Nobody signed in: no question; the registered address, or a page that says so."""
    provider.make.client()
    browser = Browser(provider).open(_url(client_id="dept-one", post_logout_redirect_uri=BACK, state="z"))
    assert browser.left_to == BACK + "?state=z"
    browser.open("/oauth/logout")
    assert browser.status == 200 and ASKS not in browser.page and browser.left_to is None


def test_confirming_twice_is_harmless(any_provider: Provider) -> None:
    """The second send of the same form ends at the same place and ends nothing more."""
    _, browser, _ = _signed_in(any_provider)
    browser.open(_url(client_id="dept-one", post_logout_redirect_uri=BACK))
    fields = browser.hidden()
    browser.submit()
    browser.post("/oauth/logout/confirm", fields)
    assert browser.left_to == BACK
    assert len(any_provider.events("session.ended")) == 1


def test_an_old_question_does_not_end_a_newer_session(provider: Provider) -> None:
    """A confirmation page from before a sign-out and a new sign-in ends nothing of the new session."""
    _, browser, _ = _signed_in(provider)
    fields = browser.open("/oauth/logout").hidden()
    browser.submit()
    browser.open("/login").sign_in(provider.make.person(name="测试乙"))
    browser.post("/oauth/logout/confirm", fields)
    assert browser.open("/account").path == "/account"


@pytest.mark.parametrize(
    "parameters",
    [
        {"post_logout_redirect_uri": BACK},
        {"client_id": "dept-one", "post_logout_redirect_uri": BACK + "x"},
        {"client_id": "dept-one", "post_logout_redirect_uri": "https://evil.test/"},
        {"client_id": "dept-two", "post_logout_redirect_uri": BACK},
        {"client_id": "nobody"},
        {"id_token_hint": "a.b.c"},
        {"id_token_hint": ""},
    ],
)
def test_what_cannot_be_proven_is_a_page(provider: Provider, parameters: dict[str, str]) -> None:
    """An address without its client, of another client, or a broken hint: our page, no redirect, session kept."""
    _, browser, _ = _signed_in(provider)
    provider.make.client("dept-two")
    browser.open(_url(**parameters))
    if parameters == {"id_token_hint": ""}:
        assert ASKS in browser.page
        return
    assert browser.status == 400 and browser.left_to is None
    assert browser.open("/account").path == "/account"


def test_hint_and_client_id_must_agree(provider: Provider) -> None:
    """A hint of one client does not serve another's request; an access token is no hint."""
    _, browser, tokens = _signed_in(provider)
    provider.make.client("dept-two")
    assert browser.open(_url(id_token_hint=tokens["id_token"], client_id="dept-two")).status == 400
    assert browser.open(_url(id_token_hint=tokens["access_token"])).status == 400


def test_a_foreign_form_cannot_sign_out(provider: Provider) -> None:
    """The confirmation sent by another site's page is refused and the session stands."""
    _, browser, _ = _signed_in(provider)
    fields = browser.open("/oauth/logout").hidden()
    browser.post("/oauth/logout/confirm", fields, Origin="https://evil.test")
    assert browser.status == 400
    assert browser.open("/account").path == "/account"


@pytest.mark.clause("OpenID Connect RP-Initiated Logout 1.0", "2")
def test_an_application_may_ask_by_post(provider: Provider) -> None:
    """A POST from the application's page, which carries no cookie of ours (SameSite), still ends at the question."""
    _, browser, tokens = _signed_in(provider)
    body = urlencode({"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BACK, "state": "p"})
    answer = ask(
        provider, "POST", "/oauth/logout", body=body.encode(), headers={"Origin": "https://dept-one.test"}
    )
    assert answer.status == 303 and not answer.all("Set-Cookie")
    browser.open(answer.one("Location") or "")
    assert ASKS in browser.page
    assert browser.submit().left_to == BACK + "?state=p"
