"""The forms of the ways to sign in, each with a browser in front of it."""

import base64
import json
import re
from collections.abc import Callable

from idp.authenticators.totp import Algorithm, Secret
from idp.clock import instant
from tests.support.authenticator import Authenticator
from tests.support.form_stage import Stage
from tests.support.journey import Browser, RelyingParty
from tests.support.methods import (
    app_code,
    give_app,
    give_passkey,
    passkey_options,
    transaction_of,
    use_passkey,
)
from tests.support.provider import ISSUER, Provider


def sms(provider: Provider) -> Stage:
    """Asking for a code by text message, for a number that is nobody's: of others a message is written beside the answer."""
    browser = Browser(provider).open("/login")
    browser.open(f"/login/sms?transaction={transaction_of(browser)}")
    fields = {**browser.hidden(), **browser.proof_of_humanity(), "identifier": "19911112222"}
    return Stage(browser, "/login/sms", fields, writes=False)


def totp(provider: Provider) -> Stage:
    """Proving by an app after the password."""
    person = provider.make.person()
    secret = give_app(provider, person)
    browser = Browser(provider).open("/account").sign_in(person)
    return Stage(browser, "/login/totp", {**browser.hidden(), "code": app_code(provider, secret)})


def recovery_code(provider: Provider) -> Stage:
    """Proving by a code from paper after the password."""
    person = provider.make.person()
    give_app(provider, person)
    with provider.sql.begin() as db:
        codes = provider.services.signing_in.recovery.make(db, person.id, instant(provider.clock))
    browser = Browser(provider).open("/account").sign_in(person)
    browser.open(f"/login/recovery-code?transaction={transaction_of(browser)}")
    return Stage(browser, "/login/recovery-code", {**browser.hidden(), "code": codes[0]})


def passkey(provider: Provider) -> Stage:
    """Signing in by a passkey."""
    device = give_passkey(provider, provider.make.person())
    browser = Browser(provider).open("/login")
    transaction = transaction_of(browser)
    browser.open(f"/login/passkey?transaction={transaction}")
    asked = passkey_options(browser, transaction)
    answer = {"challenge": asked["challenge"], "response": device.get(asked["options"])}
    return Stage(browser, "/login/passkey", {**browser.hidden(), **answer})


def more(provider: Provider) -> Stage:
    """Choosing one more proof."""
    browser = _lacking(provider)
    return Stage(browser, "/login/more", {**browser.hidden(), "way": "sms"})


def cancel_sign_in(provider: Provider) -> Stage:
    """Turning back from one more proof."""
    browser = _lacking(provider)
    return Stage(browser, "/login/cancel", browser.hidden(), writes=False)


def _lacking(provider: Provider) -> Browser:
    party = RelyingParty(provider, provider.make.client(least_aal=2))
    browser = Browser(provider).open("/account").sign_in(provider.make.person())
    return browser.open(party.authorize_url())


def forget_device(provider: Provider) -> Stage:
    """Forgetting a device."""
    person = provider.make.person()
    browser = Browser(provider).open("/account/devices").sign_in(person)
    with provider.sql.once() as db:
        (known,) = provider.services.signing_in.devices.list_of(db, person.id)
    return Stage(browser, "/account/devices/forget", {**browser.hidden(), "handle": known.id})


def recover(provider: Provider) -> Stage:
    """Saying what one still has."""
    browser = Browser(provider).open("/recover")
    return Stage(browser, "/recover", {**browser.hidden(), "have": "mobile"}, writes=False)


def qr_screen(provider: Provider) -> Stage:
    """Going on after a telephone confirmed."""
    screen = Browser(provider).open("/login")
    screen.open(f"/login/qr?transaction={transaction_of(screen)}")
    code, number = screen.hidden()["code"], re.search(r"<strong>([0-9]{2})</strong>", screen.page)
    assert number is not None
    telephone = Browser(provider).open("/account").sign_in(provider.make.person()).open(f"/qr?c={code}")
    telephone.submit(number=number.group(1))
    return Stage(screen, "/login/qr", screen.hidden())


def qr_phone(provider: Provider) -> Stage:
    """Confirming on a telephone."""
    screen = Browser(provider).open("/login")
    screen.open(f"/login/qr?transaction={transaction_of(screen)}")
    telephone = Browser(provider).open("/account").sign_in(provider.make.person())
    telephone.open(f"/qr?c={screen.hidden()['code']}")
    return Stage(telephone, "/qr", {**telephone.hidden(), "number": "no"}, writes=False)


def ukey(provider: Provider) -> Stage:
    """Signing in with a USB key, which is off here."""
    browser = Browser(provider).open("/login")
    browser.open(f"/login/ukey?transaction={transaction_of(browser)}")
    return Stage(browser, "/login/ukey", _token_and_transaction(browser), writes=False)


def shown_certificate(provider: Provider) -> Stage:
    """Signing in by a certificate that the gateway saw, where it saw none."""
    browser = Browser(provider).open("/login")
    fields = _token_and_transaction(browser)
    return Stage(browser, "/login/certificate", fields, writes=False, answers=frozenset({400}))


def _token_and_transaction(browser: Browser) -> dict[str, str]:
    transaction = transaction_of(browser)
    browser.open(f"/login?transaction={transaction}")
    return {name: browser.hidden()[name] for name in ("csrf_token", "transaction")}


def certificate(provider: Provider) -> Stage:
    """Binding a certificate, where none is trusted."""
    browser = Browser(provider).open("/account/security/codes").sign_in(provider.make.person())
    fields = browser.hidden()
    return Stage(browser, "/account/security/certificate", fields, False, frozenset({400}))


def app(provider: Provider) -> Stage:
    """Confirming a new app."""
    browser = Browser(provider).open("/account/security/app").sign_in(provider.make.person())
    shown = re.search(r"<dd>([A-Z2-7 ]{32,})</dd>", browser.page)
    assert shown is not None
    key = base64.b32decode(shown.group(1).replace(" ", ""))
    code = app_code(provider, Secret(Algorithm.SHA1, key))
    return Stage(browser, "/account/security/app", {**browser.hidden(), "code": code})


def recovery_codes(provider: Provider) -> Stage:
    """Making recovery codes."""
    browser = Browser(provider).open("/account/security/codes").sign_in(provider.make.person())
    return Stage(browser, "/account/security/codes", browser.hidden())


def second_step(provider: Provider) -> Stage:
    """Wanting a second step."""
    browser = Browser(provider).open("/account/security/second-step").sign_in(provider.make.person())
    return Stage(browser, "/account/security/second-step", browser.hidden())


def passkey_add(provider: Provider) -> Stage:
    """Adding a passkey."""
    browser = Browser(provider).open("/account/passkeys/add").sign_in(provider.make.person())
    page = browser.page
    asked = json.loads(browser.open("/account/passkeys/options").page)
    browser.page = page
    answer = {"challenge": asked["challenge"], "response": Authenticator(ISSUER).create(asked["options"])}
    return Stage(browser, "/account/passkeys/add", {**browser.hidden(), **answer})


def passkey_rename(provider: Provider) -> Stage:
    """Calling a passkey otherwise."""
    browser = _with_passkey(provider)
    return Stage(browser, "/account/passkeys/rename", {**browser.hidden(), "name": "another name"})


def passkey_remove(provider: Provider) -> Stage:
    """Removing a passkey."""
    browser = _with_passkey(provider)
    return Stage(browser, "/account/passkeys/remove", {**browser.hidden(), "confirm": "yes"})


def _with_passkey(provider: Provider) -> Browser:
    device = give_passkey(provider, provider.make.person())
    return use_passkey(Browser(provider).open("/account/passkeys"), device)


def device(provider: Provider) -> Stage:
    """Confirming a machine by the code on its screen."""
    grants = ["urn:ietf:params:oauth:grant-type:device_code"]
    party = RelyingParty(provider, provider.make.client("hall", grant_types=grants))
    begun = party.call("/oauth/device_authorization", {"scope": "openid"}).get_json()
    browser = Browser(provider).open("/device").submit(user_code=begun["user_code"])
    return Stage(browser, "/device", browser.hidden(), writes=False)


STAGES: dict[str, Callable[[Provider], Stage]] = {
    "/login/sms": sms,
    "/login/totp": totp,
    "/login/recovery-code": recovery_code,
    "/login/passkey": passkey,
    "/login/more": more,
    "/recover": recover,
    "/device": device,
    "/account/devices/forget": forget_device,
    "/login/qr": qr_screen,
    "/qr": qr_phone,
    "/login/ukey": ukey,
    "/login/certificate": shown_certificate,
    "/account/security/certificate": certificate,
    "/login/cancel": cancel_sign_in,
    "/account/security/app": app,
    "/account/security/codes": recovery_codes,
    "/account/security/second-step": second_step,
    "/account/passkeys/add": passkey_add,
    "/account/passkeys/rename": passkey_rename,
    "/account/passkeys/remove": passkey_remove,
}
"""By the address that the form is sent to."""
