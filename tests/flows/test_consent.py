"""What a person agrees to give an application, refuses, and takes back."""

import re

import pytest

from crypto.sm import sm3
from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.raw import snapshot

NEW = '<span class="tag tag-info">'


def _at_the_question(
    provider: Provider, scope: str = "openid realname mobile"
) -> tuple[RelyingParty, Browser, MadePerson]:
    application = RelyingParty(provider, provider.make.client())
    person, browser = provider.make.person(), Browser(provider)
    browser.open(application.authorize_url(scope=scope)).sign_in(person)
    assert 'id="allow"' in browser.page
    return application, browser, person


def _items(page: str) -> dict[str, str]:
    """Shown values by the label beside them."""
    rows = re.findall(r"<(?:dt|label[^>]*)>(.*?)</(?:dt|label)>.*?shared-value\">(.*?)</", page, re.DOTALL)
    return {re.sub(r"<.*", "", label, flags=re.DOTALL).strip(): value for label, value in rows}


def test_the_page_shows_the_very_values_and_the_purpose(provider: Provider) -> None:
    """Name and mobile stand there as they would leave, with what they are for; nothing else of the person."""
    _, browser, person = _at_the_question(provider)
    shown = _items(browser.page)
    assert any("测试甲" in value for value in shown.values())
    assert any(f"+86{person.mobile}" in value for value in shown.values())
    assert "核对办事人" in browser.page
    assert person.id_number not in browser.page, "the ID number was not asked for"


def test_an_optional_item_is_given_only_when_ticked(any_provider: Provider) -> None:
    """Unticked, the mobile number is neither in the scope nor in userinfo; ticked, it is."""
    application, browser, person = _at_the_question(any_provider)
    assert 'name="item-mobile" value="yes" checked' not in browser.page
    browser.allow()
    tokens = application.redeem(application.answer(browser)["code"]).get_json()
    assert tokens["scope"] == "openid realname"
    assert "phone_number" not in application.userinfo(tokens["access_token"]).get_json()

    any_provider.clock.advance(5)
    browser.open(application.authorize_url(scope="openid realname mobile", prompt="consent"))
    browser.allow(**{"item-mobile": "yes"})
    tokens = application.redeem(application.answer(browser)["code"]).get_json()
    assert tokens["scope"] == "mobile openid realname"
    claims = application.userinfo(tokens["access_token"]).get_json()
    assert claims["phone_number"] == f"+86{person.mobile}"


def test_a_ticked_item_that_is_not_optional_or_not_asked_gives_nothing_more(provider: Provider) -> None:
    """Fields that the page does not have cannot widen the consent."""
    application, browser, _ = _at_the_question(provider, "openid realname")
    browser.allow(**{"item-idcard": "yes", "item-mobile": "yes", "item-offline_access": "yes"})
    tokens = application.redeem(application.answer(browser)["code"]).get_json()
    assert tokens["scope"] == "openid realname"


def test_later_more_scope_marks_only_what_is_new(any_provider: Provider) -> None:
    """Who agreed to the name is shown the mobile number as new; the same scopes again show no page."""
    application, browser, _ = _at_the_question(any_provider, "openid realname")
    browser.allow()
    browser.open(application.authorize_url(scope="openid realname mobile"))
    assert browser.page.count(NEW) == 1
    assert NEW in browser.page.partition("item-mobile")[2]
    browser.allow()
    browser.open(application.authorize_url(scope="openid realname mobile"))
    assert "code" in application.answer(browser), "an optional item that was left out is not asked again"


def test_a_second_question_keeps_what_the_first_gave(any_provider: Provider) -> None:
    """Agreeing to another set of items does not forget the earlier ones: no page for either set afterwards."""
    application, browser, _ = _at_the_question(any_provider, "openid realname")
    browser.allow()
    browser.open(application.authorize_url(scope="openid mobile")).allow(**{"item-mobile": "yes"})
    assert "code" in application.answer(browser)
    for scope in ("openid realname", "openid mobile", "openid realname mobile"):
        browser.open(application.authorize_url(scope=scope, prompt="none"))
        assert "code" in application.answer(browser), scope
    browser.open("/account/applications")
    assert len(re.findall("<li>", browser.page.partition('id="app-1"')[2])) >= 2


def test_an_item_unticked_later_is_no_longer_given(provider: Provider) -> None:
    """Asked again, a person may give less: the next token holds less."""
    application, browser, _ = _at_the_question(provider)
    browser.allow(**{"item-mobile": "yes"})
    provider.clock.advance(5)
    browser.open(application.authorize_url(scope="openid realname mobile", prompt="consent")).allow()
    tokens = application.redeem(application.answer(browser)["code"]).get_json()
    assert tokens["scope"] == "openid realname"


@pytest.mark.clause("RFC 6749", "4.1.2.1")
@pytest.mark.clause("RFC 9207", "2")
def test_refusing_leads_back_with_access_denied(any_provider: Provider) -> None:
    """The application hears access_denied with its state and the issuer, and nothing was given."""
    application, browser, _ = _at_the_question(any_provider)
    browser.submit(decision="deny")
    answer = application.answer(browser)
    assert answer["error"] == "access_denied"
    assert (answer["state"], answer["iss"]) == (application.state, any_provider.issuer)
    assert "code" not in answer
    assert not snapshot(any_provider)["consent"]
    assert [event.act for event in any_provider.events() if event.act.startswith("consent")] == [
        "consent.refused"
    ]


@pytest.mark.parametrize(("first", "second"), [("allow", "deny"), ("deny", "allow")])
def test_the_first_decision_stands(any_provider: Provider, first: str, second: str) -> None:
    """The same question answered again, by the back button, changes and records nothing."""
    _, browser, _ = _at_the_question(any_provider)
    path, fields = browser.path, browser.hidden()
    browser.post(path, {**fields, "decision": first})
    kept = snapshot(any_provider)
    browser.post(path, {**fields, "decision": second})
    assert browser.left_to is None and browser.status == 400
    assert snapshot(any_provider) == kept


def test_a_question_without_a_decision_is_refused(provider: Provider) -> None:
    """A form without one of the two buttons gives nothing."""
    _, browser, _ = _at_the_question(provider)
    browser.submit(decision="perhaps")
    assert browser.status == 400 and not snapshot(provider)["consent"]


def test_withdrawing_ends_the_tokens_and_asks_again(any_provider: Provider) -> None:
    """After withdrawal access and refresh tokens are refused, and the next visit shows the question."""
    application, browser, _ = _at_the_question(any_provider, "openid realname offline_access")
    browser.allow()
    tokens = application.redeem(application.answer(browser)["code"]).get_json()
    browser.open("/account/applications")
    _withdraw(browser, application)
    assert application.userinfo(tokens["access_token"]).status_code == 401
    assert application.refresh(tokens["refresh_token"]).get_json()["error"] == "invalid_grant"
    assert [event.act for event in any_provider.events("consent.withdrawn")] == ["consent.withdrawn"]
    browser.open(application.authorize_url(scope="openid realname offline_access"))
    assert 'id="allow"' in browser.page and NEW not in browser.page


def test_consent_belongs_to_one_application_and_one_person(provider: Provider) -> None:
    """Neither another application nor another person is served by somebody's agreement."""
    application, browser, _ = _at_the_question(provider, "openid realname")
    browser.allow()
    other = RelyingParty(provider, provider.make.client("dept-two"))
    assert 'id="allow"' in browser.open(other.authorize_url()).page
    second = Browser(provider).open(application.authorize_url(scope="openid realname"))
    assert 'id="allow"' in second.sign_in(provider.make.person()).page


def test_a_question_is_the_browsers_and_the_sessions(provider: Provider) -> None:
    """Another browser, or another person in the same one, cannot see or answer the question."""
    _, browser, _ = _at_the_question(provider)
    question = browser.hidden()["transaction"]
    stranger = Browser(provider)
    stranger.open("/login").sign_in(provider.make.person(name="测试乙"))
    stranger.open(f"/consent?question={question}")
    assert stranger.status == 400 and "测试甲" not in stranger.page
    browser.open("/login").submit(choice="other")
    browser.sign_in(provider.make.person(name="测试丙"))
    browser.open(f"/consent?question={question}")
    assert browser.status == 400 and "测试甲" not in browser.page


def test_one_request_has_one_question(provider: Provider) -> None:
    """Coming back to a request that waits for its answer shows the same question, whose refusal counts."""
    application, browser, _ = _at_the_question(provider)
    first = browser.hidden()["transaction"]
    browser.open(_request_of(provider, browser))
    assert browser.hidden()["transaction"] == first
    browser.submit(decision="deny")
    assert application.answer(browser)["error"] == "access_denied"


def _request_of(provider: Provider, browser: Browser) -> str:
    mark = sm3.digest((browser.cookie("yh_browser") or "").encode()).hex()
    held = provider.services.consents.question(browser.hidden()["transaction"], mark)
    assert held is not None
    return f"/oauth/authorize/resume?request={held.value.continuation.id}"


def _withdraw(browser: Browser, application: RelyingParty) -> None:
    form = browser.page.partition('action="/account/applications/withdraw"')[2]
    fields = dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', form.partition("</form>")[0]))
    assert fields["handle"] == application.client.client_id
    browser.post("/account/applications/withdraw", fields)
    assert 'id="cancel"' in browser.page, "withdrawal is confirmed first"
    browser.submit(confirm="yes")
    assert browser.path == "/account/applications" and application.client.client_id not in browser.page


def test_a_code_issued_before_a_withdrawal_is_not_redeemed_after_it(any_provider: Provider) -> None:
    """Between the code and its redemption the person took the consent back: nothing is issued."""
    person = any_provider.make.person()
    party = RelyingParty(any_provider, any_provider.make.client())
    browser = Browser(any_provider).open(party.authorize_url())
    browser.sign_in(person).allow()
    code = party.answer(browser)["code"]
    browser.open("/account/applications").submit("/account/applications/withdraw", handle="dept-one").submit(
        confirm="yes"
    )
    answer = party.redeem(code)
    assert answer.status_code == 400
    assert answer.get_json()["error"] == "invalid_grant"


def test_giving_less_than_before_ends_what_was_issued_under_more(any_provider: Provider) -> None:
    """Asked again, the person leaves an optional item unticked: tokens that still carried it end."""
    person = any_provider.make.person()
    party = RelyingParty(any_provider, any_provider.make.client())
    browser = Browser(any_provider).open(party.authorize_url(scope="openid realname mobile"))
    browser.sign_in(person).allow(**{"item-mobile": "yes"})
    tokens = party.redeem(party.answer(browser)["code"]).get_json()
    assert "phone_number" in party.userinfo(tokens["access_token"]).get_json()
    any_provider.clock.advance(1)
    browser.open(party.authorize_url(scope="openid realname mobile", prompt="consent")).allow()
    assert party.userinfo(tokens["access_token"]).status_code == 401
    fresh = party.redeem(party.answer(browser)["code"]).get_json()
    assert "phone_number" not in party.userinfo(fresh["access_token"]).get_json()
