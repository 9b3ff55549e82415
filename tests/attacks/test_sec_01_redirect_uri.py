"""SEC-01: no address comes near enough to a registered redirect URI to receive an answer."""

from urllib.parse import quote, urlencode

import pytest

from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.uri_mutations import REGISTERED, kept, made_by_rule, refused_for

pytestmark = [pytest.mark.sec("SEC-01"), pytest.mark.clause("RFC 9700", "2.1")]
ADDRESS = REGISTERED[0]
EVIL = "https://evil.test/callback"
HOME = "https://dept-one.test/"
ODD = (
    f"redirect_uri={quote(ADDRESS)}&redirect_uri={quote(EVIL)}",
    f"redirect_uri={quote(EVIL)}&redirect_uri={quote(ADDRESS)}",
    f"redirect_uri={quote(ADDRESS)}&redirect_uri={quote(ADDRESS)}",
    f"redirect_uri={quote(ADDRESS)}&redirect%5Furi={quote(EVIL)}",
    f"redirect_uri={quote(ADDRESS)};redirect_uri={quote(EVIL)}",
    f"redirect_uri[]={quote(ADDRESS)}",
    f"redirect_uri[0]={quote(EVIL)}",
    f"Redirect_Uri={quote(ADDRESS)}",
    f"redirect_uri%00={quote(ADDRESS)}",
    f"redirect_uri%20={quote(ADDRESS)}",
    f"redirect_uri={quote(quote(ADDRESS, safe=''), safe='')}",
    f"redirect_uri={ADDRESS}%c0%af",
    f"redirect_uri={ADDRESS}%c0%ae%c0%ae",
    f"redirect_uri={ADDRESS}%ff",
    f"redirect_uri={ADDRESS}%ed%a0%80",
    f"redirect_uri={ADDRESS}%",
    f"redirect_uri={ADDRESS}%2",
    f"redirect_uri={ADDRESS}%u002e",
    f"redirect_uri={ADDRESS}+",
    f"redirect_uri={ADDRESS}%0a",
    "redirect_uri=",
    "redirect_uri",
    "redirect_url=" + quote(ADDRESS),
    "",
)


def signed_in(provider: Provider, *redirect_uris: str) -> tuple[RelyingParty, Browser]:
    """A client, and a browser that gets a code for it without any page: the state worth attacking."""
    person = provider.make.person()
    party = RelyingParty(provider, provider.make.client("dept-one", redirect_uris=list(redirect_uris)))
    browser = Browser(provider)
    party.tokens(browser, person)
    return party, browser


def is_refused(browser: Browser) -> bool:
    """Whether the last answer is a 400 that leads nowhere but to the application's registered home."""
    return browser.status == 400 and browser.leads_to() <= {HOME}


def raw(party: RelyingParty, redirect_uri: str) -> str:
    """The query of an authorization request whose redirect URI stands in it as given, not encoded."""
    return party.authorize_url(redirect_uri=None) + "&" + redirect_uri


def test_the_corpus_is_what_its_rules_make() -> None:
    """The kept file and its rules say the same, and there are more than three hundred addresses."""
    assert kept() == made_by_rule()
    assert sum(len(refused_for(one)) for one in REGISTERED) > 1000


@pytest.mark.parametrize("registered", REGISTERED)
def test_only_the_registered_bytes_get_an_answer(provider: Provider, registered: str) -> None:
    """A signed-in person's browser gets a code for the registered address alone; every other one is a 400 page."""
    party, browser = signed_in(provider, registered)
    taken = []
    for number, address in enumerate(refused_for(registered)):
        # Refusals from one place are limited; the limit is not what is asked here.
        provider.clock.advance(6 if number >= 250 else 0)
        browser.open(party.authorize_url(redirect_uri=address))
        if not is_refused(browser):
            taken.append((address, browser.status, browser.leads_to()))
    assert taken == []
    provider.clock.advance(6)
    browser.open(party.authorize_url())
    assert "code" in party.answer(browser), "the registered address itself still works"


def test_a_posted_request_is_held_to_the_same_bytes(provider: Provider) -> None:
    """The form body of a POST counts alone: its own address must be registered, the query's is not looked at."""
    party, browser = signed_in(provider, ADDRESS)
    fields = {
        "response_type": "code",
        "client_id": "dept-one",
        "scope": "openid",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
    query = "/oauth/authorize?" + urlencode({"redirect_uri": EVIL})
    for address in refused_for(ADDRESS, "userinfo"):
        browser.post("/oauth/authorize", {**fields, "redirect_uri": address})
        assert is_refused(browser), address
    browser.post("/oauth/authorize?" + urlencode({"redirect_uri": ADDRESS}), fields)
    assert is_refused(browser), "the query cannot lend an address to the form"
    browser.post(query, {**fields, "redirect_uri": ADDRESS})
    assert "code" in party.answer(browser)


def test_a_parameter_written_oddly_names_no_other_address(provider: Provider) -> None:
    """Repeated, renamed, half-decoded and badly encoded parameters are refused; nobody picks first or last."""
    party = RelyingParty(provider, provider.make.client("dept-one"))
    for parameters in ODD:
        browser = Browser(provider).open(raw(party, parameters))
        assert is_refused(browser), (parameters, browser.status, browser.leads_to())


def test_percent_encoding_is_undone_once(provider: Provider) -> None:
    """The registered address counts as sent, however much of it a client percent-encodes."""
    party, browser = signed_in(provider, ADDRESS)
    for form in (quote(ADDRESS, safe=""), ADDRESS, "".join(f"%{byte:02x}" for byte in ADDRESS.encode())):
        browser.open(raw(party, f"redirect_uri={form}"))
        assert "code" in party.answer(browser), form


def test_an_address_belongs_to_its_client(provider: Provider) -> None:
    """What another client registered, or the client itself for sign-out, is not this client's redirect URI."""
    party, browser = signed_in(provider, ADDRESS)
    other = provider.make.client("dept-two")
    for address in (other.redirect_uri, "https://dept-one.test/", "https://dept-two.test/"):
        browser.open(party.authorize_url(redirect_uri=address))
        assert is_refused(browser), address
    browser.open(party.authorize_url(client_id="dept-two"))
    assert browser.status == 400 and browser.leads_to() <= {"https://dept-two.test/"}


def test_a_client_with_one_address_has_no_default(provider: Provider) -> None:
    """Leaving the parameter out is refused even where only one address could be meant."""
    party, browser = signed_in(provider, ADDRESS)
    browser.open(party.authorize_url(redirect_uri=None))
    assert is_refused(browser)


def test_a_code_is_redeemed_for_the_very_address_it_was_sent_to(provider: Provider) -> None:
    """At the token endpoint nearness counts as little, also between two addresses that are both registered."""
    party, browser = signed_in(provider, ADDRESS, REGISTERED[1])
    browser.open(party.authorize_url(redirect_uri=ADDRESS))
    code = party.answer(browser)["code"]
    for address in [*refused_for(ADDRESS, "path"), REGISTERED[1]]:
        answer = party.redeem(code, redirect_uri=address)
        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_grant"), address
    assert party.redeem(code, redirect_uri=ADDRESS).status_code == 200
