"""SEC-23: who or what was stopped gets nothing more, through whichever door, at once."""

from collections.abc import Callable
from typing import Any

import pytest

from idp.accounts.models import PersonState
from idp.applications import store as application_store
from idp.applications.models import ApplicationState
from idp.clock import instant
from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.methods import give_passkey, use_passkey
from tests.support.provider import Provider

pytestmark = pytest.mark.sec("SEC-23")
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
Stop = Callable[[Provider, MadePerson, RelyingParty], None]


def freeze(provider: Provider, person: MadePerson, _party: RelyingParty) -> None:
    """The person's row alone: no listener helps."""
    with provider.sql.begin() as db:
        provider.services.persons.change_state(db, person.id, PersonState.FROZEN, instant(provider.clock))


def suspend(provider: Provider, _person: MadePerson, party: RelyingParty) -> None:
    """The application behind the client."""
    with provider.sql.begin() as db:
        application_store.change_state(db, party.client.application_id, ApplicationState.SUSPENDED)
    provider.clock.advance(2)


STOPS: dict[str, Stop] = {"person": freeze, "application": suspend}


@pytest.fixture(params=sorted(STOPS))
def stopped(
    request: pytest.FixtureRequest, any_provider: Provider
) -> tuple[Provider, MadePerson, RelyingParty, Browser, dict[str, Any]]:
    """Tokens, a session, an open code and an approved machine, then the stop."""
    grants = ["authorization_code", "refresh_token", DEVICE]
    party = RelyingParty(any_provider, any_provider.make.client(may_introspect=True, grant_types=grants))
    person = any_provider.make.person()
    browser = Browser(any_provider)
    held = party.tokens(browser, person)
    held["code"] = party.answer(browser.open(party.authorize_url()))["code"]
    begun = party.call("/oauth/device_authorization", {"scope": "openid realname"}).get_json()
    browser.open("/device").submit(user_code=begun["user_code"])
    browser.submit()
    assert "可以回到自助机了" in browser.page, "approved before the stop"
    held["device_code"] = begun["device_code"]
    STOPS[request.param](any_provider, person, party)
    return any_provider, person, party, browser, held


def test_every_door_of_tokens_refuses(
    stopped: tuple[Provider, MadePerson, RelyingParty, Browser, dict[str, Any]],
) -> None:
    """The open code, the approved machine, refresh, userinfo, introspection: nothing is given, nothing is active."""
    _, _, party, _, held = stopped
    device = {"grant_type": DEVICE, "device_code": held["device_code"]}
    for answer in (
        party.redeem(held["code"]),
        party.call("/oauth/token", device),
        party.refresh(held["refresh_token"]),
        party.userinfo(held["access_token"]),
    ):
        assert answer.status_code in {400, 401, 403}, answer.get_data(as_text=True)
        assert "access_token" not in answer.get_data(as_text=True)
    introspected = party.call("/oauth/introspect", {"token": held["access_token"]})
    assert introspected.status_code == 401 or introspected.get_json() == {"active": False}


def test_no_new_code_is_given(
    stopped: tuple[Provider, MadePerson, RelyingParty, Browser, dict[str, Any]],
) -> None:
    """Neither the session that stood before nor a new sign-in brings a code any more."""
    _, person, party, browser, _ = stopped
    browser.open(party.authorize_url())
    assert browser.left_to is None or "code=" not in browser.left_to
    if 'id="password"' in browser.page:
        browser.sign_in(person)
    assert browser.left_to is None or "code=" not in browser.left_to


def test_no_way_signs_a_frozen_person_in(any_provider: Provider) -> None:
    """Password and passkey are right, and open nothing; the page says what to do."""
    person = any_provider.make.person()
    device = give_passkey(any_provider, person)
    party = RelyingParty(any_provider, any_provider.make.client())
    freeze(any_provider, person, party)
    by_password = Browser(any_provider).open("/account").sign_in(person)
    by_passkey = use_passkey(Browser(any_provider).open("/account"), device)
    for browser in (by_password, by_passkey):
        assert browser.cookie("yh_session") is None and browser.path.startswith("/login")
