"""SEC-02: whatever else is wrong with a request, an address that is not registered never receives the error."""

import pytest

from idp.oauth.clients import store as client_store
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider

pytestmark = [pytest.mark.sec("SEC-02"), pytest.mark.clause("RFC 6749", "4.1.2.1")]
EVIL = "https://evil.test/callback"
HOME = "https://dept-one.test/"

# One request for every refusal of `idp/oauth/checks`, with the error that a registered address would receive.
BRANCHES: dict[str, tuple[dict[str, str | None], str]] = {
    "state too long": ({"state": "s" * 1025}, "invalid_request"),
    "request object": ({"request": "e30.e30."}, "request_not_supported"),
    "request_uri": ({"request_uri": EVIL}, "request_uri_not_supported"),
    "registration": ({"registration": "{}"}, "registration_not_supported"),
    "no response type": ({"response_type": None}, "unsupported_response_type"),
    "implicit": ({"response_type": "token"}, "unsupported_response_type"),
    "hybrid": ({"response_type": "code id_token"}, "unsupported_response_type"),
    "nothing asked": ({"response_type": "none"}, "unsupported_response_type"),
    "no openid": ({"scope": "realname"}, "invalid_scope"),
    "no scope": ({"scope": None}, "invalid_scope"),
    "foreign scope": ({"scope": "openid everything"}, "invalid_scope"),
    "plain challenge": ({"code_challenge_method": "plain"}, "invalid_request"),
    "no challenge": ({"code_challenge": None}, "invalid_request"),
    "nonce too long": ({"nonce": "n" * 257}, "invalid_request"),
    "unknown prompt": ({"prompt": "create"}, "invalid_request"),
    "prompt none and more": ({"prompt": "none login"}, "invalid_request"),
    "negative max_age": ({"max_age": "-1"}, "invalid_request"),
    "nobody signed in": ({"prompt": "none"}, "login_required"),
}
MODES = {
    "mode query": ({"response_mode": "query"}, "login_required"),
    "mode fragment": ({"response_mode": "fragment"}, "invalid_request"),
    "mode form_post": ({"response_mode": "form_post"}, "invalid_request"),
    "mode web_message": ({"response_mode": "web_message"}, "invalid_request"),
    "mode jwt": ({"response_mode": "jwt"}, "invalid_request"),
    "mode query.jwt": ({"response_mode": "query.jwt"}, "invalid_request"),
    "mode fragment.jwt": ({"response_mode": "fragment.jwt"}, "invalid_request"),
    "mode form_post.jwt": ({"response_mode": "form_post.jwt"}, "invalid_request"),
}


def test_no_error_goes_to_an_unregistered_address(provider: Provider) -> None:
    """Every error branch in every response mode ends on a page when the address is not proven."""
    party = RelyingParty(provider, provider.make.client("dept-one"))
    for name, (wrong, _) in BRANCHES.items():
        for mode, (asked, _) in MODES.items():
            for address in (EVIL, f"{party.client.redirect_uri}.evil.test"):
                browser = Browser(provider, f"192.0.2.{len(name)}")
                browser.open(party.authorize_url(**{**wrong, **asked, "redirect_uri": address}))
                assert browser.status == 400, (name, mode)
                assert browser.leads_to() <= {HOME}, (name, mode)
                assert "<form" not in browser.page, (name, mode)


def test_the_same_errors_go_to_the_registered_address(provider: Provider) -> None:
    """The branches above are real: with the registered address each gives its error there, in the query, with `iss`."""
    party = RelyingParty(provider, provider.make.client("dept-one"))
    for name, (wrong, error) in (BRANCHES | MODES).items():
        browser = Browser(provider).open(party.authorize_url(**{"prompt": "none", **wrong}))
        answer = party.answer(browser)
        assert (answer["error"], answer["iss"]) == (error, provider.issuer), name
        assert "#" not in (browser.left_to or "") and EVIL not in answer["error_description"], name


def test_an_unknown_client_has_no_address_at_all(provider: Provider) -> None:
    """Without a known client even an address that somebody registered receives nothing."""
    party = RelyingParty(provider, provider.make.client("dept-one"))
    for client_id in ("nobody", "", None, "DEPT-ONE", "dept-one ", "dept-one\n", "*"):
        browser = Browser(provider).open(party.authorize_url(client_id=client_id, prompt="none"))
        assert browser.status == 400, client_id
        assert browser.leads_to() == set(), client_id


def test_a_malformed_request_is_no_redirect(provider: Provider) -> None:
    """What cannot even be parsed is refused before anybody looks at the address, registered or not."""
    party = RelyingParty(provider, provider.make.client("dept-one"))
    for tail in ("&state=a&state=b", "&state=%ff", "&x=%00", "&" + "&".join(f"a{n}=1" for n in range(101))):
        for address in (party.client.redirect_uri, EVIL):
            browser = Browser(provider).open(party.authorize_url(redirect_uri=address, state=None) + tail)
            assert browser.status in {400, 413}, tail
            assert browser.leads_to() <= {HOME}, tail


def test_an_address_that_was_taken_away_meanwhile_gets_neither_code_nor_error(provider: Provider) -> None:
    """Between the request and the sign-in the address was unregistered: the person sees a page, the address nothing."""
    person = provider.make.person()
    party = RelyingParty(provider, provider.make.client("dept-one"))
    agreeing, denying = Browser(provider), Browser(provider)
    for browser in (agreeing, denying):
        browser.open(party.authorize_url()).sign_in(person)
        assert 'id="allow"' in browser.page
    with provider.sql.begin() as db:
        client_store.change(db, "dept-one", {"redirect_uris": ["https://dept-one.test/other"]})
    provider.clock.advance(2)
    agreeing.allow()
    denying.submit(decision="deny")
    for browser in (agreeing, denying):
        assert browser.status == 400
        assert browser.leads_to() <= {HOME}
