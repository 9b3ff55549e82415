"""E01: signing in for an organisation, by itself and within an authorization, with and without its code."""

import re

import pytest

from idp.identifiers.capacity import Capacity
from idp.organisations.models import IdentifierKind
from idp.organisations.store import new_identifier
from tests.support.delegating import Office, office
from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.synthetic import synthetic_uscc, with_organisation_check
from tests.support.tokens import claims_of

PAGE = "/login/organisation"
OUTCOME = "/login/organisation/outcome"
OLD = with_organisation_check("MA0T8407")
FIRMS = ["self", "legal_representative", "administrator", "agent"]


def _filled(browser: Browser, person: MadePerson, code: str, password: str | None = None) -> Browser:
    return browser.submit(identifier=person.id_number, password=password or person.password, code=code)


def _words(browser: Browser) -> str:
    return re.sub(r"<[^>]*>", "", browser.page)


def _party(provider: Provider) -> RelyingParty:
    return RelyingParty(
        provider, provider.make.client("dept-firms", scope="openid org.basic", capacities=FIRMS)
    )


def _with_old_code(provider: Provider, here: Office) -> None:
    kind = IdentifierKind.ORGANISATION_CODE
    known = new_identifier(here.organisation.id, kind, OLD, False, "test", here.organisation.created_at)
    with provider.sql.begin() as db:
        provider.services.people.organisation_store.add_identifiers(db, [known])


def test_each_way_has_an_address_and_says_which_it_is(provider: Provider) -> None:
    """Two links on either page; the one that is shown is the current one, and the explanation stands there."""
    browser = Browser(provider).open("/login")
    assert re.search(r'href="/login\?transaction=[^"]+" aria-current="page"', browser.page)
    (link,) = re.findall(r'id="for-organisation" href="([^"]+)"', browser.page)
    browser.open(link)
    assert browser.path == PAGE and "用您本人的账户登录，再选择单位" in browser.page
    assert re.search(r'href="/login/organisation\?transaction=[^"]+" aria-current="page"', browser.page)
    assert 'name="code"' in browser.page


def test_alone_it_leads_to_the_choice_or_to_how_to_get_one(any_provider: Provider) -> None:
    """Who acts for somebody chooses; who acts for nobody sees how to claim. Signed in already, the page leads on."""
    here, plain = office(any_provider), any_provider.make.person()
    browser = Browser(any_provider).open(PAGE)
    assert _filled(browser, here.representative, "").path == "/acting/switch"
    assert browser.open(PAGE).path == "/acting/switch"
    other = Browser(any_provider, "192.0.2.11").open(PAGE)
    assert _filled(other, plain, "").path == "/account/organisations"
    assert "/account/organisations/claim" in other.page


def test_a_code_chooses_at_once(any_provider: Provider) -> None:
    """The bar says for whom, in the highest of several capacities, and both sides' history has it."""
    here, agent = office(any_provider), any_provider.make.person()
    here.give(here.representative, agent)
    here.give(here.representative, agent, Capacity.ADMINISTRATOR)
    browser = _filled(Browser(any_provider).open(PAGE), agent, here.organisation.uscc)
    assert browser.path == "/account" and here.organisation.name in browser.page
    (event,) = any_provider.events("capacity.chosen")
    assert "administrator" in str(event.details)


def test_within_an_authorization_the_question_is_skipped(any_provider: Provider) -> None:
    """With the code: no C08, straight to consent in the organisation's name. Without it: C08 as ever."""
    here, agent = office(any_provider), any_provider.make.person()
    here.give(here.representative, agent)
    party = _party(any_provider)
    browser = Browser(any_provider).open(party.authorize_url(scope="openid org.basic"))
    (link,) = re.findall(r'id="for-organisation" href="([^"]+)"', browser.page)
    _filled(browser.open(link), agent, here.organisation.uscc)
    assert browser.path == "/consent" and here.organisation.name in browser.page
    token = party.redeem(party.answer(browser.allow())["code"]).get_json()["id_token"]
    assert claims_of(any_provider, token, "JWT")["org"]["uscc"] == here.organisation.uscc
    second = Browser(any_provider, "192.0.2.11").open(party.authorize_url(scope="openid org.basic"))
    (link,) = re.findall(r'id="for-organisation" href="([^"]+)"', second.page)
    assert _filled(second.open(link), agent, "").path == "/acting/choose"


def test_an_old_code_is_told_as_the_new_one_after_the_sign_in(any_provider: Provider) -> None:
    """It chooses too, and a page says what it stands for now before the application is answered."""
    here, agent = office(any_provider), any_provider.make.person()
    here.give(here.representative, agent)
    _with_old_code(any_provider, here)
    party = _party(any_provider)
    browser = Browser(any_provider).open(party.authorize_url(scope="openid org.basic"))
    (link,) = re.findall(r'id="for-organisation" href="([^"]+)"', browser.page)
    _filled(browser.open(link), agent, OLD)
    assert browser.path == OUTCOME and here.organisation.uscc in browser.page
    (onward,) = re.findall(r'id="onward" href="([^"]+)"', browser.page)
    assert browser.open(onward).path == "/consent" and here.organisation.name in browser.page


def test_nobodys_agent_is_told_so_and_nothing_is_chosen(any_provider: Provider) -> None:
    """The same page for an organisation of others and for a code that nobody has: no name, ways on."""
    here, plain = office(any_provider), any_provider.make.person()
    pages = []
    for number, code in enumerate((here.organisation.uscc, synthetic_uscc(900))):
        browser = Browser(any_provider, f"192.0.2.{number + 20}").open(PAGE)
        _filled(browser, plain, code)
        assert browser.path == OUTCOME and "您还不是该单位的经办人" in browser.page
        assert here.organisation.name not in browser.page
        pages.append(_words(browser).replace(code, "CODE"))
    assert pages[0] == pages[1]
    assert not any_provider.events("capacity.chosen")


@pytest.mark.sec("SEC-28")
def test_the_form_tells_nobody_which_organisations_there_are(provider: Provider) -> None:
    """With a wrong password a known and an unknown code are answered alike; a mistyped one only by its form."""
    here, person = office(provider), provider.make.person()
    pages = []
    for number, code in enumerate((here.organisation.uscc, synthetic_uscc(900))):
        browser = Browser(provider, f"192.0.2.{number + 20}").open(PAGE)
        _filled(browser, person, code, "wrong password")
        pages.append((browser.status, _words(browser)))
    assert pages[0] == pages[1]
    browser.submit(identifier=person.id_number, password=person.password, code="123")
    assert "统一社会信用代码为 18 位" in browser.page and 'value="123"' in browser.page
    assert browser.cookie("session") is None


def test_the_outcome_is_for_the_session_that_typed_the_code(provider: Provider) -> None:
    """Another browser and a later session are told nothing; without a typed code the page leads on."""
    here, plain = office(provider), provider.make.person()
    browser = Browser(provider).open(PAGE)
    transaction = browser.hidden()["transaction"]
    _filled(browser, plain, here.organisation.uscc)
    other = Browser(provider, "192.0.2.40").open("/login").sign_in(provider.make.person())
    assert other.open(f"{OUTCOME}?transaction={transaction}").status == 400
    assert browser.open(f"{OUTCOME}?transaction=none").status == 400
    later = Browser(provider, "192.0.2.41").open("/login")
    mine = later.hidden()["transaction"]
    later.sign_in(plain)
    assert later.open(f"{OUTCOME}?transaction={mine}").path == "/account"
