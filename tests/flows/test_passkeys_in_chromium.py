"""Passkeys in a real browser with a virtual authenticator: added, used by autofill and by a press, removed, for a step-up."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from tests.support.browser import chromium, csp_violations, open_browser
from tests.support.factories import MadePerson
from tests.support.journey import RelyingParty
from tests.support.provider import Provider, SqliteTemplate
from tests.support.served import served

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def provider(tmp_path: Path, sqlite_template: SqliteTemplate) -> Iterator[Provider]:
    with served(tmp_path, sqlite_template) as made:
        yield made


@pytest.fixture(scope="module")
def engine() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(engine: Browser) -> Iterator[Page]:
    with open_browser(engine) as context:
        opened = context.new_page()
        reports = csp_violations(opened)
        yield opened
        assert reports == []


def _device(page: Page) -> tuple[CDPSession, str]:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return session, made["authenticatorId"]


def _sign_in(page: Page, person: MadePerson) -> None:
    page.fill("#identifier", person.id_number)
    page.fill("#password", person.password)
    page.click("#submit")


def _add(page: Page, provider: Provider, person: MadePerson) -> None:
    page.goto(f"{provider.issuer}/account/passkeys/add")
    _sign_in(page, person)
    page.fill("#name", "我的手机")
    page.click("#add")
    page.wait_for_url("**/account/passkeys?done=added")
    assert page.get_by_text("我的手机").count() >= 1


def _sign_out(page: Page, provider: Provider) -> None:
    page.goto(f"{provider.issuer}/oauth/logout")
    page.click("main form button[type=submit]")


def test_a_passkey_is_added_and_signs_in_by_autofill(provider: Provider, page: Page) -> None:
    """Registered in the account; the next sign-in page needs no typing and no press at all."""
    _device(page)
    _add(page, provider, provider.make.person())
    _sign_out(page, provider)
    page.goto(f"{provider.issuer}/account")
    page.wait_for_url(f"{provider.issuer}/account")
    assert page.locator("#password").count() == 0


def test_a_passkey_signs_in_by_a_press_and_steps_up(provider: Provider, page: Page) -> None:
    """A session by password comes to an application that demands two factors: one press, and it is there."""
    person = provider.make.person()
    party = RelyingParty(provider, provider.make.client(scope="openid", least_aal=2))
    session, device = _device(page)
    _add(page, provider, person)
    session.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": device, "enabled": False})
    _sign_out(page, provider)
    page.goto(f"{provider.issuer}/account")
    _sign_in(page, person)
    page.wait_for_url(f"{provider.issuer}/account")
    session.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": device, "enabled": True})
    with page.expect_request(lambda request: request.url.startswith(party.client.redirect_uri)) as came:
        page.goto(provider.issuer + party.authorize_url(scope="openid"))
        page.check("#way-passkey")
        page.click("#submit")
        page.click("#passkey")
    assert "code=" in came.value.url


def test_a_removed_passkey_leads_on(provider: Provider, page: Page) -> None:
    """Removed in the account while the device keeps it: the page says so, tells the browser, and leads to the password."""
    person = provider.make.person()
    session, device = _device(page)
    _add(page, provider, person)
    with provider.sql.begin() as db:
        passkeys = provider.services.signing_in.passkeys
        (own,) = passkeys.list_of(db, person.id)
        passkeys.remove(db, person.id, own.id)
    assert len(session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1
    _sign_out(page, provider)
    page.goto(f"{provider.issuer}/account")
    page.get_by_text("已被删除").wait_for()
    page.click("#other")
    _sign_in(page, person)
    page.wait_for_url(f"{provider.issuer}/account")


def test_who_cancels_is_helped_on(provider: Provider, page: Page) -> None:
    """A device without a passkey, or a person who says no: a page with another try and another way."""
    page.goto(f"{provider.issuer}/account")
    page.click("#way-passkey")
    page.evaluate("() => void (navigator.credentials.get = async () => { throw new Error('no') })")
    page.click("#passkey")
    page.get_by_text("操作已取消").wait_for()
    assert page.locator("#passkey").inner_text() == "再试一次"
    page.click("#other")
    assert page.locator("#password").count() == 1


def test_without_scripts_the_other_ways_are_there(provider: Provider, engine: Browser) -> None:
    """No button that cannot work, a sentence why, and the way to the password."""
    with open_browser(engine, javascript=False) as context:
        page = context.new_page()
        page.goto(f"{provider.issuer}/account")
        page.click("#way-passkey")
        assert page.locator("#passkey").is_hidden()
        assert "通行密钥需要浏览器允许脚本" in page.content()
        page.click("#other")
        assert page.locator("#password").count() == 1
