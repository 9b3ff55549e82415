"""C25 by its page: what it tells, what stands in the way, and that a sign-in brings the account back."""

from idp.accounts.models import PersonState
from idp.clock import instant
from tests.support.delegating import office
from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.methods import give_app
from tests.support.provider import Provider
from tests.support.tokens import claims_of

CLOSE = "/account/close"


def _at_the_form(provider: Provider, person: MadePerson) -> Browser:
    return Browser(provider).open(CLOSE).sign_in(person)


def _state(provider: Provider, person: MadePerson) -> PersonState:
    with provider.sql.once() as db:
        found = provider.services.persons.find(db, person.id)
    assert found is not None
    return found.state


def test_closing_signs_out_everywhere_and_a_sign_in_cancels(any_provider: Provider) -> None:
    """The consequences first, a tick, then out on every device; whoever signs in again has the account and the same subject."""
    person = any_provider.make.person()
    party = RelyingParty(any_provider, any_provider.make.client())
    elsewhere = Browser(any_provider, "192.0.2.51")
    before = party.tokens(elsewhere, person)
    browser = _at_the_form(any_provider, person)
    assert "15 天内登录即可取消" in browser.page and "依法保留" in browser.page
    browser.submit()
    assert browser.status == 400 and "确认已了解后再注销" in browser.page
    assert _state(any_provider, person) is PersonState.ACTIVE
    browser.submit(confirm="yes")
    assert browser.status == 200 and "账户正在注销" in browser.page
    assert _state(any_provider, person) is PersonState.CLOSING
    for one in (browser, elsewhere):
        assert 'id="password"' in one.open("/account").page
    assert party.userinfo(before["access_token"]).status_code == 401
    assert party.refresh(before["refresh_token"]).status_code == 400
    browser.open("/login").sign_in(person)
    assert _state(any_provider, person) is PersonState.ACTIVE
    after = party.tokens(Browser(any_provider, "192.0.2.52"), person)
    first, second = (claims_of(any_provider, each["id_token"], "JWT") for each in (before, after))
    assert first["sub"] == second["sub"]


def test_the_only_one_who_acts_for_an_organisation_is_sent_to_it(any_provider: Provider) -> None:
    """The page names what is in the way and leads there; a form that was kept changes nothing."""
    here = office(any_provider)
    browser = _at_the_form(any_provider, here.representative)
    assert (
        here.organisation.name in browser.page and f"/organisation?id={here.organisation.id}" in browser.page
    )
    assert 'name="confirm"' not in browser.page
    token = browser.open("/account/devices").hidden()["csrf_token"]
    browser.post(CLOSE, {"csrf_token": token, "confirm": "yes"})
    assert here.organisation.name in browser.page
    assert _state(any_provider, here.representative) is PersonState.ACTIVE


def test_only_who_has_just_signed_in_closes_an_account(any_provider: Provider) -> None:
    """An old session is asked to sign in once more, for the page and for the form."""
    person = any_provider.make.person()
    browser = _at_the_form(any_provider, person)
    fields = browser.hidden()
    any_provider.clock.advance(700)
    browser.post(CLOSE, {**fields, "confirm": "yes"})
    assert 'id="password"' in browser.page and _state(any_provider, person) is PersonState.ACTIVE
    assert 'id="password"' in browser.open(CLOSE).page


def test_a_second_press_finds_nobody_signed_in(any_provider: Provider) -> None:
    """The first one closed and signed out: the second one is told so, and the date stands as it was."""
    person = any_provider.make.person()
    browser = _at_the_form(any_provider, person)
    fields = browser.hidden()
    browser.submit(confirm="yes")
    any_provider.clock.advance(60)
    browser.post(CLOSE, {**fields, "confirm": "yes"})
    assert browser.status == 400
    assert len(any_provider.events("person.state_changed")) == 1


def test_half_a_sign_in_does_not_take_a_closing_back(provider: Provider) -> None:
    """Whoever has the password of an account with a second step cannot keep it from closing."""
    person = provider.make.person()
    give_app(provider, person)
    with provider.sql.begin() as db:
        provider.services.persons.change_state(db, person.id, PersonState.CLOSING, instant(provider.clock))
    assert Browser(provider).open("/account").sign_in(person).path == "/login/totp"
    assert _state(provider, person) is PersonState.CLOSING
