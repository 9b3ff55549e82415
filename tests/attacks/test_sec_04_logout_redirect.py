"""SEC-04: signing out leads to an address that the proven client registered for it, or nowhere."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.support.forging import Signing, claims_of, parts_of, reheaded
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.uri_mutations import REGISTERED, refused_for

pytestmark = [pytest.mark.sec("SEC-04"), pytest.mark.clause("OpenID Connect RP-Initiated Logout", "3")]
EVIL = "https://evil.test/"
BACK = "https://dept-one.test/"
OTHER_BACK = "https://dept-two.test/"
DAY = 86_400


def signed_in(provider: Provider, client_id: str = "dept-one") -> tuple[RelyingParty, Browser, str]:
    """A client, a browser with a session at it, and the ID token of that session."""
    party = RelyingParty(provider, provider.make.client(client_id))
    browser = Browser(provider)
    tokens = party.tokens(browser, provider.make.person())
    return party, browser, tokens["id_token"]


def logout(browser: Browser, **parameters: str) -> Browser:
    """Ask to be signed out with these parameters."""
    return browser.open("/oauth/logout?" + urlencode(parameters))


def is_refused(browser: Browser) -> bool:
    """Whether the answer is a 400 page from which nothing but a registered home is to be reached."""
    return browser.status == 400 and browser.leads_to() <= {BACK, OTHER_BACK}


@pytest.mark.parametrize("registered", REGISTERED)
def test_only_the_registered_bytes_are_returned_to(provider: Provider, registered: str) -> None:
    """The corpus of SEC-01 holds here too: nobody is led to an address that comes near the registered one."""
    provider.make.client("dept-one", post_logout_redirect_uris=[registered])
    browser = Browser(provider)
    taken = []
    for address in refused_for(registered):
        logout(browser, client_id="dept-one", post_logout_redirect_uri=address)
        if not is_refused(browser):
            taken.append((address, browser.status, browser.leads_to()))
    assert taken == []
    logout(browser, client_id="dept-one", post_logout_redirect_uri=registered)
    assert browser.left_to == registered


def test_without_client_or_hint_no_address_counts(provider: Provider) -> None:
    """An address alone proves no client, even one that somebody registered."""
    _, browser, _ = signed_in(provider)
    for one in (browser, Browser(provider)):
        for address in (BACK, EVIL):
            assert is_refused(logout(one, post_logout_redirect_uri=address))
            assert is_refused(logout(one, post_logout_redirect_uri=address, client_id="nobody"))
    browser.open("/account")
    assert 'id="password"' not in browser.page, "nobody was signed out by it"


def test_a_redirect_uri_of_sign_in_is_none_of_sign_out(provider: Provider) -> None:
    """The two lists are apart, and each client's is its own."""
    party, browser, hint = signed_in(provider)
    provider.make.client("dept-two")
    for address in (party.client.redirect_uri, OTHER_BACK, ""):
        assert is_refused(logout(browser, client_id="dept-one", post_logout_redirect_uri=address))
        assert is_refused(logout(browser, id_token_hint=hint, post_logout_redirect_uri=address))


def test_the_hint_of_another_client_opens_nothing(provider: Provider) -> None:
    """A hint speaks for its own audience: not beside another client_id, and not for another client's address."""
    _, browser, hint = signed_in(provider)
    provider.make.client("dept-two")
    for parameters in (
        {"client_id": "dept-two", "post_logout_redirect_uri": OTHER_BACK},
        {"client_id": "dept-two", "post_logout_redirect_uri": BACK},
        {"client_id": "dept-two"},
        {"post_logout_redirect_uri": OTHER_BACK},
        {"post_logout_redirect_uri": EVIL},
    ):
        assert is_refused(logout(browser, id_token_hint=hint, **parameters)), parameters


@pytest.mark.parametrize("algorithm", ["ES256", "SGD_SM3_SM2"])
def test_an_expired_hint_serves_for_thirty_days_and_no_longer(provider: Provider, algorithm: str) -> None:
    """Applications keep ID tokens longer than they live; a hint of last month's session is old enough."""
    party = RelyingParty(provider, provider.make.client("dept-one", id_token_signed_response_alg=algorithm))
    hint = party.tokens(Browser(provider), provider.make.person())["id_token"]
    life = claims_of(hint)["exp"] - claims_of(hint)["iat"]
    provider.clock.advance(life + 30 * DAY - 1)
    assert logout(Browser(provider), id_token_hint=hint, post_logout_redirect_uri=BACK).left_to == BACK
    provider.clock.advance(1)
    assert is_refused(logout(Browser(provider), id_token_hint=hint, post_logout_redirect_uri=BACK))


def test_a_forged_hint_is_worse_than_none(provider: Provider) -> None:
    """A hint that does not verify is refused also where client and address would do without it."""
    _, browser, hint = signed_in(provider)
    header, claims, signature = parts_of(hint)
    stranger = Signing.fresh("ES256")
    forged: dict[str, str] = {
        "of a stranger": stranger.token({"typ": "JWT", "kid": header["kid"]}, claims),
        "without signature": reheaded(hint, alg="none").rpartition(".")[0] + ".",
        "another audience": Signing.recoded(hint, {**claims, "aud": "dept-two"}),
        "another issuer": Signing.ours(provider, "ES256").token(
            header, {**claims, "iss": "https://evil.test"}
        ),
        "cut": hint[:-2],
        "rubbish": "a.b.c",
        "no token": "hint",
        "signature alone": f"..{signature}",
    }
    for name, token in forged.items():
        assert is_refused(logout(browser, id_token_hint=token)), name
        both: dict[str, Any] = {"client_id": "dept-one", "post_logout_redirect_uri": BACK}
        assert is_refused(logout(browser, id_token_hint=token, **both)), name
    browser.open("/account")
    assert 'id="password"' not in browser.page, "nobody was signed out by it"


def test_a_hint_for_several_audiences_names_no_client(provider: Provider) -> None:
    """Even signed by us, a hint whose audience is a list or missing stands for nobody."""
    _, browser, hint = signed_in(provider)
    header, claims, _ = parts_of(hint)
    ours = Signing.ours(provider, "ES256")
    for audience in (["dept-one"], ["dept-one", "dept-two"], None, 7, {"dept-one": 1}, ""):
        token = ours.token(header, {**claims, "aud": audience})
        assert is_refused(logout(browser, id_token_hint=token, post_logout_redirect_uri=BACK)), audience


def test_state_stays_one_parameter(provider: Provider) -> None:
    """Whatever `state` holds, it reaches the application as one value and changes nothing of the address."""
    provider.make.client("dept-one")
    for state in ("a&b=c", "x#y", "\r\nSet-Cookie: a=b", "//evil.test", "%26", "状态", '"><script>'):
        browser = logout(Browser(provider), client_id="dept-one", post_logout_redirect_uri=BACK, state=state)
        assert browser.left_to is not None and browser.left_to.startswith(BACK + "?state=")
        assert parse_qs(urlsplit(browser.left_to).query) == {"state": [state]}
        assert urlsplit(browser.left_to).fragment == ""


def test_the_answer_to_the_question_cannot_change_the_address(provider: Provider) -> None:
    """The confirming form carries a handle only; an address added to it, or another browser's handle, does nothing."""
    _, browser, hint = signed_in(provider)
    logout(browser, id_token_hint=hint, post_logout_redirect_uri=BACK)
    handle = browser.hidden()["transaction"]
    stranger = Browser(provider).open("/login")
    stranger.post("/oauth/logout/confirm", {**stranger.hidden(), "transaction": handle})
    assert stranger.status == 400 and stranger.left_to is None
    browser.submit(post_logout_redirect_uri=EVIL, client_id="dept-two", return_url=EVIL)
    assert browser.left_to == BACK
