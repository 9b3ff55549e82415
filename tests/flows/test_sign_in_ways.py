"""Signing in by a code, an app, a passkey and a recovery code: first and second steps, as people walk them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from idp.authenticators.recovery import shown
from idp.clock import instant
from idp.identifiers.masking import mask_mobile
from tests.support.authenticator import Authenticator
from tests.support.journey import Browser, RelyingParty
from tests.support.methods import (
    World,
    app_code,
    give_app,
    give_passkey,
    transaction_of,
    use_passkey,
    world,
)
from tests.support.provider import ISSUER, Provider, SqliteTemplate
from tests.support.tokens import claims_of


@pytest.fixture
def house(tmp_path: Path, sqlite_template: SqliteTemplate) -> Iterator[World]:
    with world(tmp_path, sqlite_template) as made:
        yield made


def _claims(party: RelyingParty, browser: Browser) -> dict[str, Any]:
    """The claims of the ID token that the application gets."""
    answer = party.redeem(party.answer(browser)["code"])
    return claims_of(party.provider, answer.get_json()["id_token"])


def _sms_page(browser: Browser) -> Browser:
    return browser.open(f"/login/sms?transaction={transaction_of(browser)}")


def test_a_code_to_the_registered_number_signs_in(house: World) -> None:
    """By ID number or mobile number the code goes to the number in the account, and the class says one factor."""
    person = house.provider.make.person()
    for identifier in (person.id_number, person.mobile):
        browser = _sms_page(Browser(house.provider).open("/account"))
        browser.submit(identifier=identifier)
        assert "如果该号码已登记" in browser.page and person.mobile not in browser.page
        browser.submit(code=house.code(person.mobile))
        assert browser.path == "/account" and browser.status == 200
    methods = [event.details for event in house.provider.events("sign_in.done")]
    assert all("sms" in str(one) for one in methods) and len(methods) == 2


def test_nobody_learns_whether_a_number_is_registered(house: World) -> None:
    """The page after an unknown number is the same, no message is sent, and no code ever fits."""
    person = house.provider.make.person()
    pages = []
    for identifier in (person.mobile, "19911112222"):
        browser = _sms_page(Browser(house.provider).open("/account")).submit(identifier=identifier)
        transaction = transaction_of(browser)
        challenge = browser.hidden()["challenge"]
        token = browser.hidden()["csrf_token"]
        page = browser.page
        for secret in (transaction, challenge, token):
            page = page.replace(secret, "·")
        pages.append(page)
        wrong = browser.submit(code="000000")
        assert "验证码不正确" in wrong.page
    assert pages[0] == pages[1]
    house.settle()
    assert house.phone.texts("19911112222") == []


def test_an_app_is_asked_for_after_the_password(house: World) -> None:
    """Who has an app proves by it too; its code is good once, and the session says two factors."""
    provider, person = house.provider, house.provider.make.person()
    secret = give_app(provider, person)
    party = RelyingParty(provider, provider.make.client())
    browser = Browser(provider).open(party.authorize_url()).sign_in(person)
    assert browser.path == "/login/totp"
    code = app_code(provider, secret)
    browser.submit(code="000000" if code != "000000" else "111111")
    assert "动态验证码不正确" in browser.page
    browser.submit(code=f" {code[:3]} {code[3:]} ").allow()
    claims = _claims(party, browser)
    assert claims["acr"] == "urn:yihao:aal:2" and claims["amr"] == ["pwd", "otp", "mfa"]

    again = Browser(provider).open("/account").sign_in(person).submit(code=code)
    assert again.path == "/login/totp" and "已经用过" in again.page
    assert again.submit(code=app_code(provider, secret, 1)).path == "/account"


def test_a_passkey_signs_in_alone(any_provider: Provider) -> None:
    """No identifier is typed; the class says two factors, and phishing-resistant to who asks for that."""
    person = any_provider.make.person()
    device = give_passkey(any_provider, person)
    party = RelyingParty(any_provider, any_provider.make.client())
    browser = Browser(any_provider).open(party.authorize_url(acr_values="phr"))
    use_passkey(browser, device).allow()
    claims = _claims(party, browser)
    assert claims["acr"] == "phr"
    assert claims["amr"] == ["pop", "swk", "user", "mfa"]


def test_a_removed_passkey_gets_a_way_on(any_provider: Provider) -> None:
    """The page says that it was removed, tells the browser which one, and leads to password and code."""
    person = any_provider.make.person()
    device = give_passkey(any_provider, person)
    with any_provider.sql.begin() as db:
        (own,) = any_provider.services.signing_in.passkeys.list_of(db, person.id)
        any_provider.services.signing_in.passkeys.remove(db, person.id, own.id)
    browser = use_passkey(Browser(any_provider).open("/account"), device)
    assert browser.status == 400 and "已被删除" in browser.page
    assert f'data-unknown="{own.credential_id}"' in browser.page
    browser.open(f"/login?transaction={transaction_of(browser)}").sign_in(person)
    assert browser.path == "/account"


def test_a_recovery_code_stands_in_for_a_lost_phone_once(house: World) -> None:
    """Ten codes; each is good once, in any writing; the eleventh use of one is refused."""
    provider, person = house.provider, house.provider.make.person()
    give_app(provider, person)
    recovery = provider.services.signing_in.recovery
    with provider.sql.begin() as db:
        codes = recovery.make(db, person.id, instant(provider.clock))
    browser = Browser(provider).open("/account").sign_in(person)
    page = f"/login/recovery-code?transaction={transaction_of(browser)}"
    browser.open(page).submit(code=shown(codes[3]).lower())
    assert browser.path == "/account"
    browser = Browser(provider).open("/account").sign_in(person)
    browser.open(f"/login/recovery-code?transaction={transaction_of(browser)}").submit(code=codes[3])
    assert "已经用过" in browser.page
    with provider.sql.once() as db:
        assert recovery.left(db, person.id) == 9


def test_an_application_gets_the_level_that_it_demands(house: World) -> None:
    """A client with a least level sends a person with a mere password on to a second proof, and says why."""
    provider, person = house.provider, house.provider.make.person()
    party = RelyingParty(provider, provider.make.client(least_aal=2))
    browser = Browser(provider).open("/account").sign_in(person)
    browser.open(party.authorize_url())
    assert browser.path == "/login/more" and "要求更可靠的登录方式" in browser.page
    browser.submit(way="sms")
    assert mask_mobile(person.mobile) in browser.page
    browser.submit(code=house.code(person.mobile)).allow()
    claims = _claims(party, browser)
    assert claims["acr"] == "urn:yihao:aal:2" and "mfa" in claims["amr"]


def test_who_turns_back_brings_a_defined_error(house: World) -> None:
    """`unmet_authentication_requirements` by redirect where the level is not reached."""
    provider, person = house.provider, house.provider.make.person()
    party = RelyingParty(provider, provider.make.client(least_aal=2))
    browser = Browser(provider).open("/account").sign_in(person).open(party.authorize_url())
    browser.post("/login/cancel", browser.hidden())
    assert party.answer(browser)["error"] == "unmet_authentication_requirements"


def test_a_level_that_nothing_reaches_is_told(house: World) -> None:
    """Level three without a hardware key: a page with what to do, and the way back with the error."""
    provider, person = house.provider, house.provider.make.person()
    party = RelyingParty(provider, provider.make.client())
    browser = Browser(provider).open(party.authorize_url(acr_values="urn:yihao:aal:3")).sign_in(person)
    assert "还没有能达到要求的方式" in browser.page
    browser.post("/login/cancel", browser.hidden())
    assert party.answer(browser)["error"] == "unmet_authentication_requirements"


def test_a_trusted_device_is_spared_the_own_second_step_only(house: World) -> None:
    """Ticked once, the app is not asked for there; an application that demands level two still gets it."""
    provider, person = house.provider, house.provider.make.person()
    secret = give_app(provider, person)
    browser = Browser(provider).open("/account").sign_in(person)
    browser.submit(code=app_code(provider, secret), trust="yes")
    assert browser.path == "/account"
    browser.open("/oauth/logout").post("/oauth/logout/confirm", browser.hidden())
    browser.open("/account").sign_in(person)
    assert browser.path == "/account"
    party = RelyingParty(provider, provider.make.client(least_aal=2))
    assert browser.open(party.authorize_url()).path in {"/login/more", "/login/totp"}
    elsewhere = Browser(provider).open("/account").sign_in(person)
    assert elsewhere.path == "/login/totp"


def test_a_forgotten_device_is_new_again(house: World) -> None:
    """Seen in the account with its trust, forgotten there, asked for the second step at the next sign-in."""
    provider, person = house.provider, house.provider.make.person()
    secret = give_app(provider, person)
    browser = Browser(provider).open("/account/devices").sign_in(person)
    browser.submit(code=app_code(provider, secret), trust="yes")
    assert "受信任" in browser.page
    with provider.sql.once() as db:
        (known,) = provider.services.signing_in.devices.list_of(db, person.id)
    browser.post("/account/devices/forget", {**browser.hidden(), "handle": known.id})
    assert browser.path == "/account/devices" and "受信任" not in browser.page
    browser.open("/oauth/logout").post("/oauth/logout/confirm", browser.hidden())
    assert browser.open("/account").sign_in(person).path == "/login/totp"


def test_a_new_device_is_told_to_the_owner(house: World) -> None:
    """The first device ever is silent; a second one brings a message without a link to the number in the account."""
    provider, person = house.provider, house.provider.make.person()
    Browser(provider).open("/account").sign_in(person)
    provider.services.people.notices.run()
    assert house.phone.texts(person.mobile) == []
    Browser(provider).open("/account").sign_in(person)
    provider.services.people.notices.run()
    (text,) = house.phone.texts(person.mobile)
    assert "新设备" in text and "http" not in text


def test_passkeys_are_added_named_and_removed_in_the_account(house: World) -> None:
    """After a fresh sign-in: added by the script's response, renamed, removed; each change is told to the number."""
    provider, person = house.provider, house.provider.make.person()
    browser = Browser(provider).open("/account/passkeys/add").sign_in(person)
    assert browser.path == "/account/passkeys/add"
    device, page = Authenticator(ISSUER), browser.page
    asked = json.loads(browser.open("/account/passkeys/options").page)
    browser.page = page
    fields = {
        **browser.hidden(),
        "challenge": asked["challenge"],
        "response": device.create(asked["options"]),
    }
    browser.post("/account/passkeys/add", {**fields, "name": "我的手机"})
    assert "我的手机" in browser.page and "通行密钥已添加" in browser.page
    handle = browser.hidden()["handle"]
    # From now on a password alone is not the strongest way.
    browser.post("/account/passkeys/rename", {**browser.hidden(), "handle": handle, "name": "旧手机"})
    assert browser.path in {"/login/more", "/login/passkey"}
    use_passkey(browser, device)
    assert browser.path == "/account/passkeys" and "旧手机" not in browser.page
    browser.post("/account/passkeys/rename", {**browser.hidden(), "handle": handle, "name": "旧手机"})
    assert "旧手机" in browser.page
    browser.post("/account/passkeys/remove", {**browser.hidden(), "handle": handle})
    browser.post("/account/passkeys/remove", {**browser.hidden(), "handle": handle, "confirm": "yes"})
    assert "通行密钥已删除" in browser.page and "旧手机" not in browser.page
    provider.services.people.notices.run()
    told = "".join(house.phone.texts(person.mobile))
    assert "添加了通行密钥" in told and "删除了通行密钥" in told
