"""What an application may ask of a sign-in: `prompt`, `max_age`, `login_hint` (OpenID Connect Core §3.1.2.1)."""

import pytest

from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.tokens import claims_of

FORM = 'id="password"'


def _signed_in(provider: Provider, application: RelyingParty) -> tuple[Browser, MadePerson]:
    person = provider.make.person()
    browser = Browser(provider)
    application.tokens(browser, person)
    provider.clock.advance(10)
    return browser, person


@pytest.fixture
def application(provider: Provider) -> RelyingParty:
    """An application of one department."""
    return RelyingParty(provider, provider.make.client())


@pytest.mark.clause("OpenID Connect Core 1.0", "3.1.2.6")
def test_prompt_none_answers_at_once_or_says_what_is_missing(
    provider: Provider, application: RelyingParty
) -> None:
    """Silent requests never show a page: login_required, then consent_required, then a code."""
    browser, person = Browser(provider), provider.make.person()
    browser.open(application.authorize_url(prompt="none"))
    refused = application.answer(browser)
    assert refused["error"] == "login_required"
    assert refused["state"] == application.state and refused["iss"] == provider.issuer

    browser.open("/login").sign_in(person)
    browser.open(application.authorize_url(prompt="none"))
    assert application.answer(browser)["error"] == "consent_required"

    application.tokens(browser, person)
    browser.open(application.authorize_url(prompt="none"))
    assert "code" in application.answer(browser)


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "0"}])
@pytest.mark.clause("OpenID Connect Core 1.0", "3.1.2.1")
def test_fresh_sign_in_is_demanded_and_told(
    provider: Provider, application: RelyingParty, changes: dict[str, str]
) -> None:
    """`prompt=login`, `select_account` and `max_age=0` show the form to somebody signed in; auth_time is the new one."""
    browser, person = _signed_in(provider, application)
    browser.open(application.authorize_url(**changes))
    assert FORM in browser.page
    provider.clock.advance(5)
    browser.sign_in(person)
    tokens = application.redeem(application.answer(browser)["code"]).get_json()
    assert claims_of(provider, tokens["id_token"])["auth_time"] == int(provider.clock.timestamp())


def test_fresh_sign_in_cannot_be_skipped_by_the_address_of_the_next_step(
    provider: Provider, application: RelyingParty
) -> None:
    """With the old session alone, the resumption of a `prompt=login` request leads to the form again."""
    browser, _ = _signed_in(provider, application)
    browser.open(application.authorize_url(prompt="login"))
    browser.post("/login/continue", browser.hidden())
    assert FORM in browser.page and browser.left_to is None


def test_prompt_login_of_another_tab_is_satisfied_by_one_sign_in(
    provider: Provider, application: RelyingParty
) -> None:
    """Evidence counts, not the page that was passed: a sign-in in one tab serves the older request of another."""
    browser, person = _signed_in(provider, application)
    browser.open(application.authorize_url(prompt="login"))
    first = browser.path, browser.hidden()
    browser.open(application.authorize_url(prompt="login"))
    provider.clock.advance(5)
    browser.sign_in(person)
    assert "code" in application.answer(browser)
    browser.open(f"/login?transaction={first[1]['transaction']}")
    assert 'action="/login/continue"' in browser.page
    browser.submit(choice="continue")
    assert "code" in application.answer(browser)


@pytest.mark.clause("OpenID Connect Core 1.0", "3.1.2.1")
def test_max_age_counts_from_the_sign_in(provider: Provider, application: RelyingParty) -> None:
    """Within `max_age` seconds there is no form, after them there is."""
    browser, _ = _signed_in(provider, application)
    browser.open(application.authorize_url(max_age="60"))
    assert "code" in application.answer(browser)
    provider.clock.advance(61)
    browser.open(application.authorize_url(max_age="60"))
    assert FORM in browser.page
    browser.open(application.authorize_url(max_age="60", prompt="none"))
    assert application.answer(browser)["error"] == "login_required"


@pytest.mark.clause("OpenID Connect Core 1.0", "3.1.2.1")
def test_prompt_consent_asks_again_and_only_once(provider: Provider, application: RelyingParty) -> None:
    """Who agreed before is asked again; the answer then ends the request."""
    browser, _ = _signed_in(provider, application)
    browser.open(application.authorize_url(prompt="consent"))
    assert 'id="allow"' in browser.page
    browser.allow()
    assert "code" in application.answer(browser)


@pytest.mark.parametrize("prompt", ["none login", "create", "none none consent"])
@pytest.mark.clause("OpenID Connect Core 1.0", "3.1.2.1")
def test_senseless_prompts_go_back_as_errors(
    provider: Provider, application: RelyingParty, prompt: str
) -> None:
    """Unknown values, and `none` beside others, are invalid_request."""
    browser = Browser(provider).open(application.authorize_url(prompt=prompt))
    assert application.answer(browser)["error"] == "invalid_request"


@pytest.mark.parametrize("max_age", ["-1", "1.5", "", "٣", "9999999999", "1 "])
def test_max_age_is_whole_seconds(provider: Provider, application: RelyingParty, max_age: str) -> None:
    """Anything but a number of seconds is invalid_request."""
    browser = Browser(provider).open(application.authorize_url(max_age=max_age))
    assert application.answer(browser)["error"] == "invalid_request"


@pytest.mark.clause("OpenID Connect Core 1.0", "3.1.2.1")
def test_login_hint_fills_the_form_and_nothing_else(provider: Provider, application: RelyingParty) -> None:
    """The hint stands in the field, escaped; an overlong one is left out."""
    browser = Browser(provider).open(application.authorize_url(login_hint='19900000001"><b>'))
    assert 'value="19900000001&#34;&gt;&lt;b&gt;"' in browser.page
    browser = Browser(provider).open(application.authorize_url(login_hint="7" * 65))
    assert FORM in browser.page and "7" * 65 not in browser.page


def test_somebody_signed_in_is_asked_whether_to_go_on(provider: Provider, application: RelyingParty) -> None:
    """`/login` in a browser with a session offers to continue under the masked name."""
    browser, _ = _signed_in(provider, application)
    browser.open("/login")
    assert 'id="continue"' in browser.page and "测试甲" not in browser.page
    browser.submit(choice="continue")
    assert browser.path == "/account" and browser.status == 200


def test_other_account_shows_the_form_and_replaces_the_session(
    provider: Provider, application: RelyingParty
) -> None:
    """Who chooses another account types again, and the first person's tokens die with the session."""
    first = provider.make.person()
    browser = Browser(provider)
    tokens = application.tokens(browser, first)
    second = provider.make.person(name="测试乙")
    browser.open("/login").submit(choice="other")
    assert FORM in browser.page, "nobody goes on as the first person"
    browser.sign_in(second)
    assert browser.path == "/account"
    assert application.userinfo(tokens["access_token"]).status_code == 401
    application.tokens(browser, second)
    (ended,) = provider.events("session.ended")
    assert ended.actor == f"person:{first.id}"
