"""One sign-in, two applications, one sign-out."""

from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider


def test_person_signs_in_once_and_two_applications_know(any_provider: Provider) -> None:
    """The second application gets its code without a question about the password, under another subject."""
    person = any_provider.make.person()
    one = RelyingParty(any_provider, any_provider.make.client("dept-one"))
    two = RelyingParty(
        any_provider, any_provider.make.client("dept-two", id_token_signed_response_alg="SGD_SM3_SM2")
    )
    browser = Browser(any_provider)

    browser.open(one.authorize_url())
    assert 'id="identifier"' in browser.page
    browser.sign_in(person)
    assert "测试甲" in browser.page, "the consent page shows the values"
    browser.allow()
    answer = one.answer(browser)
    assert answer["iss"] == any_provider.issuer and answer["state"] == one.state
    first = one.redeem(answer["code"]).get_json()

    browser.open(two.authorize_url())
    assert 'id="password"' not in browser.page, "nobody is asked to sign in again"
    browser.allow()
    second = two.redeem(two.answer(browser)["code"]).get_json()

    claims_one = one.userinfo(first["access_token"]).get_json()
    claims_two = two.userinfo(second["access_token"]).get_json()
    assert claims_one["name"] == claims_two["name"] == "测试甲"
    assert claims_one["sub"] != claims_two["sub"]

    browser.open(one.authorize_url())
    assert "code" in one.answer(browser), "with session and consent there is no page at all"

    browser.open(
        "/oauth/logout?client_id=dept-one&post_logout_redirect_uri=https%3A%2F%2Fdept-one.test%2F&state=s1"
    )
    browser.submit()
    assert browser.left_to == "https://dept-one.test/?state=s1"
    assert one.userinfo(first["access_token"]).status_code == 401
    assert two.refresh(second["refresh_token"]).status_code == 400
    browser.open(two.authorize_url())
    assert 'id="password"' in browser.page, "both are out"
