"""SEC-20: nothing that an attacker planted or began becomes a victim's session, and no victim signs in as the attacker."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from crypto.tokens import random_token
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.raw import ask, cookie_header

pytestmark = pytest.mark.sec("SEC-20")
TIMED_OUT = 400


def is_signed_in(browser: Browser) -> bool:
    """Whether the account home opens without a question."""
    return 'id="password"' not in browser.open("/account").page and browser.path == "/account"


def holding(provider: Provider, session: str | None) -> Browser:
    """Another browser that holds this session cookie."""
    thief = Browser(provider, "203.0.113.66")
    assert session is not None
    thief.set_cookie("yh_session", session)
    return thief


def sessions(provider: Provider) -> list[tuple[str, str, bool]]:
    """Id, person and whether it has ended, of every session, oldest first."""
    with provider.sql.once() as db:
        rows = db.exec_driver_sql("SELECT id, person_id, ended_at FROM sso_session ORDER BY created_at")
        return [(row.id, row.person_id, row.ended_at is not None) for row in rows]


def test_a_planted_unknown_session_cookie_never_opens(provider: Provider) -> None:
    """The victim signs in over a cookie that the attacker made up; the made-up value stays worthless."""
    planted = random_token()
    victim = Browser(provider)
    victim.set_cookie("yh_session", planted)
    victim.open("/account").sign_in(provider.make.person())
    assert victim.path == "/account" and victim.cookie("yh_session") != planted
    assert not is_signed_in(holding(provider, planted))


def test_a_planted_live_session_of_the_attacker_ends_when_the_victim_signs_in(provider: Provider) -> None:
    """The victim's sign-in over the attacker's own session gives a new session and ends the planted one."""
    attacker_person, victim_person = provider.make.person(), provider.make.person()
    attacker = Browser(provider, "203.0.113.66").open("/account").sign_in(attacker_person)
    planted = attacker.cookie("yh_session")
    party = RelyingParty(provider, provider.make.client())
    victim = holding(provider, planted).open(party.authorize_url(prompt="login")).sign_in(victim_person)
    assert victim.cookie("yh_session") != planted
    assert not is_signed_in(attacker)
    owners = {person: ended for _, person, ended in sessions(provider)}
    assert owners == {attacker_person.id: True, victim_person.id: False}


def test_a_planted_browser_cookie_gives_the_attacker_nothing(provider: Provider) -> None:
    """Browser handle and transaction of the attacker, finished by the victim, open no session for the attacker."""
    party = RelyingParty(provider, provider.make.client())
    attacker = Browser(provider, "203.0.113.66").open(party.authorize_url())
    handle = attacker.cookie("yh_browser")
    assert handle is not None
    victim = Browser(provider)
    victim.set_cookie("yh_browser", handle)
    victim.open(f"/login?transaction={attacker.hidden()['transaction']}").sign_in(provider.make.person())
    assert victim.cookie("yh_session") is not None and attacker.cookie("yh_session") is None
    assert not is_signed_in(attacker)
    attacker.open(party.authorize_url())
    assert attacker.left_to is None and 'id="password"' in attacker.page


@pytest.mark.parametrize("handle", ["login", "consent", "resume", "logout"])
def test_a_transaction_of_another_browser_is_not_found(provider: Provider, handle: str) -> None:
    """Opened or answered from another browser, signed in or not, each handle ends in the page of lost transactions."""
    party = RelyingParty(provider, provider.make.client())
    owner = Browser(provider).open(party.authorize_url())
    transaction = owner.hidden()["transaction"]
    if handle == "resume":
        person = provider.make.person()
        fields = {**owner.hidden(), "identifier": person.id_number, "password": person.password}
        headers = cookie_header(owner) | {"Origin": provider.issuer}
        answer = ask(provider, "POST", "/login", body=urlencode(fields).encode(), headers=headers)
        transaction = (answer.one("Location") or "").partition("request=")[2]
    if handle == "consent":
        transaction = owner.sign_in(provider.make.person()).hidden()["transaction"]
    if handle == "logout":
        transaction = owner.sign_in(provider.make.person()).open("/oauth/logout").hidden()["transaction"]
    assert transaction
    urls = {
        "login": f"/login?transaction={transaction}",
        "consent": f"/consent?question={transaction}",
        "resume": f"/oauth/authorize/resume?request={transaction}",
    }
    stranger = Browser(provider, "203.0.113.66").open("/login")
    signed_in = Browser(provider, "203.0.113.67").open("/account").sign_in(provider.make.person())
    standing = sessions(provider)
    for other in (stranger, signed_in):
        token = other.hidden().get("csrf_token", "")
        if handle in urls:
            assert other.open(urls[handle]).status == TIMED_OUT
        posts = {"login": "/login", "consent": "/consent", "logout": "/oauth/logout/confirm"}
        fields = {"csrf_token": token, "transaction": transaction, "decision": "allow"}
        if handle in posts:
            assert other.post(posts[handle], fields).status == TIMED_OUT
        assert other.left_to is None and other.path != "/account"
    assert sessions(provider) == standing


def test_a_foreign_page_cannot_sign_a_victim_in_as_the_attacker(provider: Provider) -> None:
    """Login CSRF: the attacker's credentials, transaction and form token, sent by the victim's browser, set no session."""
    attacker_person = provider.make.person()
    attacker = Browser(provider, "203.0.113.66").open("/login")
    fields = {
        **attacker.hidden(),
        "identifier": attacker_person.id_number,
        "password": attacker_person.password,
    }
    victim = Browser(provider).open("/login")
    for origin in ("https://evil.test", "null", provider.issuer):
        victim.post("/login", fields, Origin=origin)
        assert victim.status == 400 and victim.cookie("yh_session") is None, origin
    assert sessions(provider) == []


def test_every_sign_in_changes_the_cookie_and_the_old_one_opens_nothing(any_provider: Provider) -> None:
    """The same person signing in once more keeps `sid` under a new cookie; the cookie before it is dead at once."""
    person = any_provider.make.person()
    party = RelyingParty(any_provider, any_provider.make.client())
    browser = Browser(any_provider).open("/account").sign_in(person)
    first, standing = browser.cookie("yh_session"), sessions(any_provider)
    any_provider.clock.advance(5)
    browser.open(party.authorize_url(prompt="login")).sign_in(person)
    assert browser.cookie("yh_session") != first
    assert sessions(any_provider) == standing
    assert not is_signed_in(holding(any_provider, first))
    assert is_signed_in(browser)


def test_another_person_in_the_same_browser_gets_another_session(any_provider: Provider) -> None:
    """A change of person ends the session before and starts one of a new id; nothing is carried over."""
    one, two = any_provider.make.person(), any_provider.make.person()
    party = RelyingParty(any_provider, any_provider.make.client())
    browser = Browser(any_provider)
    tokens = party.tokens(browser, one)
    first = browser.cookie("yh_session")
    any_provider.clock.advance(5)
    browser.open(party.authorize_url(prompt="login")).sign_in(two)
    found = sessions(any_provider)
    assert [(person, ended) for _, person, ended in found] == [(one.id, True), (two.id, False)]
    assert found[0][0] != found[1][0]
    assert not is_signed_in(holding(any_provider, first))
    assert party.refresh(tokens["refresh_token"]).status_code == 400


def test_one_transaction_opens_one_session_however_often_it_is_answered(any_provider: Provider) -> None:
    """Right credentials sent eight times at once with one transaction give exactly one session and one cookie."""
    person = any_provider.make.person()
    browser = Browser(any_provider).open("/login")
    fields = {**browser.hidden(), "identifier": person.id_number, "password": person.password}
    headers = cookie_header(browser) | {"Origin": any_provider.issuer}
    body = urlencode(fields).encode()
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: ask(any_provider, "POST", "/login", body=body, headers=headers), range(8))
        )
    assert sum(bool(answer.all("Set-Cookie")) for answer in answers) == 1
    assert len(sessions(any_provider)) == 1


def test_after_signing_out_the_cookie_opens_nothing(any_provider: Provider) -> None:
    """The value that the browser held before is as good as none, and the browser is told to forget it."""
    browser = Browser(any_provider).open("/account").sign_in(any_provider.make.person())
    before = browser.cookie("yh_session")
    browser.open("/oauth/logout").submit()
    assert not browser.cookie("yh_session")
    assert not is_signed_in(holding(any_provider, before))
