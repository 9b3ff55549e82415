"""How long a sign-in lasts, and how it ends at once for somebody who was frozen."""

import re
from datetime import UTC, datetime

import pytest

from idp.accounts.models import PersonState
from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider

IDLE, ABSOLUTE = 1800, 8 * 3600
FORM = 'id="password"'


def _signed_in(provider: Provider) -> tuple[RelyingParty, Browser, MadePerson, dict[str, str]]:
    application = RelyingParty(provider, provider.make.client(may_introspect=True))
    person, browser = provider.make.person(), Browser(provider)
    return application, browser, person, application.tokens(browser, person)


def _set_state(provider: Provider, person: MadePerson, state: PersonState) -> None:
    with provider.sql.begin() as db:
        now = datetime.fromtimestamp(provider.clock.timestamp(), UTC)
        provider.services.persons.change_state(db, person.id, state, now)


def test_an_unused_session_ends(any_provider: Provider) -> None:
    """A second before the idle limit the account opens, after half an hour of nothing it asks to sign in."""
    _, browser, _, _ = _signed_in(any_provider)
    any_provider.clock.advance(IDLE - 1)
    assert browser.open("/account").path == "/account"
    any_provider.clock.advance(IDLE)
    browser.open("/account")
    assert browser.path == "/login" and FORM in browser.page


def test_use_keeps_a_session_until_its_last_hour(any_provider: Provider) -> None:
    """Used every twenty minutes it lasts eight hours, and not a minute more."""
    application, browser, _, _ = _signed_in(any_provider)
    started = any_provider.clock.timestamp()
    while any_provider.clock.timestamp() - started < ABSOLUTE - 1200:
        any_provider.clock.advance(1100)
        browser.open(application.authorize_url(prompt="none"))
        assert "code" in application.answer(browser)
    any_provider.clock.advance(1201)
    browser.open(application.authorize_url(prompt="none"))
    assert application.answer(browser)["error"] == "login_required"


def test_signing_in_again_does_not_prolong_the_absolute_limit(provider: Provider) -> None:
    """A renewed session keeps the hour at which it ends, and its `sid`."""
    application, browser, person, _ = _signed_in(provider)
    for _ in range(16):
        provider.clock.advance(1700)
        browser.open(application.authorize_url(prompt="login")).sign_in(person)
    provider.clock.advance(ABSOLUTE - 16 * 1700 + 1)
    assert browser.open("/account").path == "/login"


def test_tokens_die_with_the_session_and_say_nothing_more(any_provider: Provider) -> None:
    """After the idle limit refresh, userinfo and introspection refuse."""
    application, _, _, tokens = _signed_in(any_provider)
    any_provider.clock.advance(IDLE + 1)
    _all_refuse(application, tokens)


@pytest.mark.parametrize("state", [PersonState.FROZEN, PersonState.CLOSED])
@pytest.mark.sec("SEC-20")
def test_somebody_frozen_is_out_at_once(any_provider: Provider, state: PersonState) -> None:
    """In the middle of a session: account, applications, tokens and a new sign-in all refuse."""
    application, browser, person, tokens = _signed_in(any_provider)
    code = application.answer(browser.open(application.authorize_url()))["code"]
    _set_state(any_provider, person, state)
    _all_refuse(application, tokens)
    assert application.redeem(code).get_json()["error"] == "invalid_grant"
    browser.open(application.authorize_url(prompt="none"))
    assert application.answer(browser)["error"] == "login_required"
    assert browser.open("/account").path == "/login"
    browser.sign_in(person)
    assert browser.path == "/login" and FORM not in browser.page
    assert [e.details for e in any_provider.events("sign_in.refused")] != []


def test_a_wrong_password_does_not_tell_who_is_frozen(provider: Provider) -> None:
    """The page about a frozen account needs the right password; the wrong one looks like anybody's."""
    person = provider.make.person(state=PersonState.FROZEN)
    browser = Browser(provider).open("/login").sign_in(person, "wrong")
    assert FORM in browser.page and "账户或密码不正确" in browser.page


def test_coming_back_to_an_expired_question_says_so(any_provider: Provider) -> None:
    """A consent page left open beyond the session shows the time-out page, and agreeing gives nothing."""
    application = RelyingParty(any_provider, any_provider.make.client())
    browser = Browser(any_provider).open(application.authorize_url()).sign_in(any_provider.make.person())
    question = browser.hidden()["transaction"]
    any_provider.clock.advance(IDLE + 1)
    browser.allow()
    assert browser.status == 400 and "页面已超时" in browser.page
    assert browser.open(f"/consent?question={question}").status == 400
    assert not any_provider.events("consent.given")


@pytest.mark.parametrize(
    ("page", "path"),
    [
        ("/account/devices", "/account/sessions/end"),
        ("/account/applications", "/account/applications/withdraw"),
    ],
)
def test_acting_on_an_expired_account_page_says_so(provider: Provider, page: str, path: str) -> None:
    """A button of the account pressed after the session ended shows the time-out page and does nothing."""
    _, browser, _, _ = _signed_in(provider)
    browser.open(page)
    form = browser.page.partition(f'action="{path}"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', form))
    provider.clock.advance(IDLE + 1)
    browser.post(path, {**fields, "confirm": "yes"})
    assert browser.status == 400 and "页面已超时" in browser.page
    assert not provider.events("session.ended") and not provider.events("consent.withdrawn")


def test_the_old_cookie_opens_nothing_after_a_new_sign_in(provider: Provider) -> None:
    """A cookie seen before `prompt=login` is worthless after it (session fixation)."""
    application, browser, person, _ = _signed_in(provider)
    old = browser.cookie("yh_session") or ""
    provider.clock.advance(5)
    browser.open(application.authorize_url(prompt="login")).sign_in(person)
    assert browser.cookie("yh_session") != old
    thief = Browser(provider)
    thief.set_cookie("yh_session", old)
    assert thief.open("/account").path == "/login"


def _all_refuse(application: RelyingParty, tokens: dict[str, str]) -> None:
    assert application.userinfo(tokens["access_token"]).status_code == 401
    assert application.refresh(tokens["refresh_token"]).get_json()["error"] == "invalid_grant"
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert application.call("/oauth/introspect", {"token": token}).get_json() == {"active": False}


def test_work_in_an_application_keeps_the_session(any_provider: Provider) -> None:
    """An application that refreshes every twenty minutes keeps its person signed in until the absolute limit."""
    person = any_provider.make.person()
    party = RelyingParty(any_provider, any_provider.make.client())
    tokens = party.tokens(Browser(any_provider), person)
    for _ in range(6):
        any_provider.clock.advance(20 * 60)
        answer = party.refresh(tokens["refresh_token"])
        assert answer.status_code == 200
        tokens = answer.get_json()
    any_provider.clock.advance(31 * 60)
    assert party.refresh(tokens["refresh_token"]).status_code == 400, "idle for too long"


def _on_shared(provider: Provider, person: MadePerson) -> Browser:
    browser = Browser(provider).open("/login")
    return browser.submit(identifier=person.id_number, password=person.password or "", shared="yes")


def test_a_shared_computer_signs_out_after_five_idle_minutes(any_provider: Provider) -> None:
    """In the account and for the tokens of an application alike."""
    application = RelyingParty(any_provider, any_provider.make.client(may_introspect=True))
    person = any_provider.make.person()
    browser = _on_shared(any_provider, person)
    tokens = application.tokens(browser, person)
    any_provider.clock.advance(299)
    assert browser.open("/account").path == "/account"
    any_provider.clock.advance(301)
    answer = application.call("/oauth/introspect", {"token": tokens["access_token"]})
    assert answer.get_json() == {"active": False}
    assert browser.open("/account").path == "/login" and FORM in browser.page


def test_a_shared_computer_signs_out_after_half_an_hour_of_use(provider: Provider) -> None:
    """Used every four minutes it lasts thirty, however often more is proved."""
    browser = _on_shared(provider, provider.make.person())
    for _ in range(7):
        provider.clock.advance(240)
        assert browser.open("/account").path == "/account"
    provider.clock.advance(121)
    assert browser.open("/account").path == "/login"


def test_a_shared_computer_is_not_remembered(provider: Provider) -> None:
    """No cookie names the device, it stands among nobody's devices, and it cannot be trusted."""
    person = provider.make.person()
    browser = _on_shared(provider, person)
    assert browser.path == "/account" and browser.cookie("yh_device") is None
    with provider.sql.once() as db:
        assert provider.services.signing_in.devices.list_of(db, person.id) == []


def test_a_session_that_stands_becomes_short_when_called_shared(provider: Provider) -> None:
    """Asked to sign in again and ticked then: the same session keeps its number and loses its length."""
    person, party = provider.make.person(), RelyingParty(provider, provider.make.client())
    browser = Browser(provider).open("/account").sign_in(person)
    provider.clock.advance(1)
    browser.open(party.authorize_url(prompt="login"))
    browser.submit(identifier=person.id_number, password=person.password or "", shared="yes")
    assert browser.open("/account").path == "/account"
    provider.clock.advance(301)
    assert browser.open("/account").path == "/login"


def test_a_mistyped_password_keeps_the_tick(provider: Provider) -> None:
    """What was ticked is still ticked on the page that says what was wrong."""
    browser = Browser(provider).open("/login")
    assert 'name="shared" value="yes" checked' not in browser.page
    browser.submit(identifier=provider.make.person().id_number, password="wrong", shared="yes")
    assert 'name="shared" value="yes" checked' in browser.page
