"""An authorization request that comes by a form of the application, and browsers with half of our cookies."""

import pytest

from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider


@pytest.mark.clause("OpenID Connect Core", "3.1.2.1")
def test_a_form_of_the_application_is_answered_with_the_session_that_stands(provider: Provider) -> None:
    """POST is led on by GET, which brings the cookies that a foreign form may not; nobody signs in twice."""
    person = provider.make.person()
    party = RelyingParty(provider, provider.make.client())
    browser = Browser(provider)
    party.tokens(browser, person)
    fields = dict(part.split("=") for part in party.authorize_url().partition("?")[2].split("&"))
    fields = {name: value.replace("+", " ") for name, value in fields.items()}
    fields["redirect_uri"] = party.client.redirect_uri
    browser.post("/oauth/authorize", fields, Origin="https://dept-one.test")
    assert "code" in party.answer(browser)


def test_a_session_without_the_browser_handle_gets_one_and_can_consent(provider: Provider) -> None:
    """A browser that lost one of two cookies is given a new handle on the way, and the consent page works."""
    person = provider.make.person()
    party = RelyingParty(provider, provider.make.client())
    signed_in = Browser(provider)
    signed_in.open("/login").sign_in(person)
    browser = Browser(provider)
    browser.set_cookie("yh_session", signed_in.cookie("yh_session") or "")
    browser.open(party.authorize_url()).allow()
    assert "code" in party.answer(browser)
