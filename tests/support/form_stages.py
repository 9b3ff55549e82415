"""Every form of ours with a browser in front of it, as the person to whom it is shown; a part adds its own to STAGES."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from idp.authenticators.totp import Algorithm, Secret
from idp.clock import CHINA, instant
from idp.delegations.store import Delegation
from tests.support.authenticator import Authenticator
from tests.support.delegating import PLACE, TAX, Office, To, office
from tests.support.journey import Browser, RelyingParty
from tests.support.matters import matter
from tests.support.methods import (
    app_code,
    give_app,
    give_passkey,
    passkey_options,
    transaction_of,
    use_passkey,
)
from tests.support.provider import ISSUER, Provider
from tests.support.synthetic import synthetic_id_number, synthetic_uscc

PASSWORD = "another long phrase 很长的"


@dataclass
class Stage:
    """A browser in front of a form of ours: where the form goes and what it sends. `writes`: sending it changes a row; a
    step on the way to something else does not. `answers` are the statuses with which it is taken.
    """

    browser: Browser
    path: str
    fields: dict[str, str]
    writes: bool = True
    answers: frozenset[int] = frozenset({200, 303})


def login(provider: Provider) -> Stage:
    """Signing in."""
    browser, person = Browser(provider).open("/login"), provider.make.person()
    typed = {"identifier": person.id_number, "password": person.password}
    return Stage(browser, "/login", {**browser.hidden(), **typed})


def login_continue(provider: Provider) -> Stage:
    """Going on as who is signed in."""
    browser = Browser(provider).open("/account").sign_in(provider.make.person()).open("/login")
    return Stage(browser, "/login/continue", browser.hidden(), writes=False)


def register(provider: Provider) -> Stage:
    """The first step of registering."""
    browser = Browser(provider).open("/register")
    return Stage(browser, "/register", {**browser.hidden(), "kind": "111"}, writes=False)


def consent(provider: Provider) -> Stage:
    """Agreeing to an application."""
    party = RelyingParty(provider, provider.make.client())
    browser = Browser(provider).open(party.authorize_url()).sign_in(provider.make.person())
    return Stage(browser, "/consent", {**browser.hidden(), "decision": "allow"})


def logout(provider: Provider) -> Stage:
    """Signing out."""
    browser = Browser(provider).open("/account").sign_in(provider.make.person()).open("/oauth/logout")
    return Stage(browser, "/oauth/logout/confirm", browser.hidden())


def end_session(provider: Provider) -> Stage:
    """Ending a session of one's own."""
    browser = Browser(provider).open("/account/devices").sign_in(provider.make.person())
    return Stage(browser, "/account/sessions/end", {**browser.hidden(), "confirm": "yes"})


def end_others(provider: Provider) -> Stage:
    """Ending all sessions but this one."""
    person = provider.make.person()
    Browser(provider, "192.0.2.14").open("/account").sign_in(person)
    browser = Browser(provider).open("/account/devices").sign_in(person)
    token = browser.hidden()["csrf_token"]
    return Stage(browser, "/account/sessions/end-others", {"csrf_token": token, "confirm": "yes"})


def withdraw(provider: Provider) -> Stage:
    """Taking a consent back."""
    party = RelyingParty(provider, provider.make.client())
    browser = Browser(provider)
    party.tokens(browser, provider.make.person())
    token = browser.open("/account/devices").hidden()["csrf_token"]
    fields = {"csrf_token": token, "handle": party.client.client_id, "confirm": "yes"}
    return Stage(browser, "/account/applications/withdraw", fields)


def password(provider: Provider) -> Stage:
    """A new password."""
    browser = Browser(provider).open("/account/security/password").sign_in(provider.make.person())
    return Stage(browser, "/account/security/password", {**browser.hidden(), "password": PASSWORD})


def copy(provider: Provider) -> Stage:
    """Taking a copy of one's data."""
    browser = Browser(provider).open("/account/data").sign_in(provider.make.person())
    return Stage(browser, "/account/data/copy", browser.hidden())


def ask_for(provider: Provider) -> Stage:
    """Asking for a correction, or complaining."""
    address = "/account/data/ask?kind=complaint"
    browser = Browser(provider).open(address).sign_in(provider.make.person())
    typed = {"about": "other", "words": "没有收到短信"}
    return Stage(browser, "/account/data/ask", {**browser.hidden(), **typed})


def report(provider: Provider) -> Stage:
    """Saying that a sign-in was somebody else."""
    browser = Browser(provider).open("/account/history").sign_in(provider.make.person())
    return Stage(browser, "/account/history/report", browser.hidden())


def invite_relative(provider: Provider) -> Stage:
    """Asking a relative to act for oneself."""
    browser = Browser(provider).open("/account/family/invite").sign_in(provider.make.person())
    ends = (instant(provider.clock) + timedelta(days=90)).astimezone(CHINA)
    typed = {"who": "19900007788", "scope": "all", "ends": f"{ends:%Y-%m-%d}"}
    return Stage(browser, "/account/family/invite", {**browser.hidden(), **typed})


def end_relative(provider: Provider) -> Stage:
    """Taking that back."""
    stage = invite_relative(provider)
    browser = stage.browser.post(stage.path, stage.fields)
    return Stage(browser, "/account/family/end", {**browser.hidden(), "confirm": "yes"})


def answer_relative(provider: Provider) -> Stage:
    """Accepting it."""
    stage, relative = invite_relative(provider), provider.make.person()
    stage.browser.post(stage.path, {**stage.fields, "who": relative.mobile})
    browser = Browser(provider, "192.0.2.15").open("/account/family").sign_in(relative)
    return Stage(browser, "/account/family/answer", {**browser.hidden(), "answer": "accept"})


def add_child(provider: Provider) -> Stage:
    """Adding a child: no register of kinship stands beside these providers, and the page says so."""
    browser = Browser(provider).open("/account/family/child").sign_in(provider.make.person())
    day = instant(provider.clock).astimezone(CHINA).date()
    number = synthetic_id_number(31, date(day.year - 8, 1, 1))
    typed = {"name": "测试童", "id_number": number}
    return Stage(browser, "/account/family/child", {**browser.hidden(), **typed}, False, frozenset({409}))


def step_up(provider: Provider) -> Stage:
    """Not raising one's level, and going back to the application."""
    high = matter("LAND-001", level=2)
    provider.services.people.matters.replace_all([high], "system:test", PLACE)
    provider.clock.advance(1.5)
    scope = "openid matter:LAND-001"
    client = provider.make.client("dept-land", scope=scope)
    browser = Browser(provider).open(RelyingParty(provider, client).authorize_url(scope=scope))
    browser.sign_in(provider.make.person(level=1))
    return Stage(browser, "/oauth/step-up", browser.hidden(), writes=False)


def claim(provider: Provider) -> Stage:
    """Claiming an organisation: no register stands beside these providers, and the claim is noted and not followed."""
    page = "/account/organisations/claim"
    browser = Browser(provider).open(page).sign_in(provider.make.person())
    fields = {**browser.hidden(), "code": synthetic_uscc(7)}
    return Stage(browser, page, fields, True, frozenset({503}))


def merge(provider: Provider) -> Stage:
    """Making two accounts one."""
    older, younger = provider.make.person(), provider.make.person(id_kind="414", id_number="E00000902")
    browser = Browser(provider).open("/account/profile/merge").sign_in(older)
    typed = {"identifier": younger.mobile, "password": younger.password, "confirm": "yes"}
    return Stage(browser, "/account/profile/merge", {**browser.hidden(), **typed})


def close(provider: Provider) -> Stage:
    """Closing the account."""
    browser = Browser(provider).open("/account/close").sign_in(provider.make.person())
    return Stage(browser, "/account/close", {**browser.hidden(), "confirm": "yes"})


def new_mobile(provider: Provider) -> Stage:
    """Another mobile number: a code is sent to it."""
    browser = Browser(provider).open("/account/profile/mobile").sign_in(provider.make.person())
    return Stage(browser, "/account/profile/mobile", {**browser.hidden(), "mobile": "19900008899"})


def prove(provider: Provider) -> Stage:
    """Raising one's level. No source stands beside these providers, and so there is no way: that is found out behind
    the door.
    """
    browser = Browser(provider).open("/account/devices").sign_in(provider.make.person())
    token = browser.hidden()["csrf_token"]
    return Stage(
        browser, "/account/level/prove", {"csrf_token": token, "way": "bank"}, False, frozenset({404})
    )


def choose(provider: Provider) -> Stage:
    """Choosing as whom one goes on to an application."""
    here = with_matters(provider)
    client = provider.make.client(capacities=["self", "legal_representative"])
    browser = Browser(provider).open(RelyingParty(provider, client).authorize_url())
    browser.sign_in(here.representative)
    return Stage(browser, "/acting/choose", {**browser.hidden(), "as": f"{here.root.id}."})


def switch(provider: Provider) -> Stage:
    """Switching as whom one acts."""
    here = with_matters(provider)
    browser = Browser(provider).open("/account").sign_in(here.representative).open("/acting/switch")
    return Stage(browser, "/acting/switch", {**browser.hidden(), "as": f"{here.root.id}."})


def answer_invitation(provider: Provider) -> Stage:
    """Accepting to act for an organisation."""
    here, agent = with_matters(provider), provider.make.person()
    offered = here.invite(here.representative, To(person_id=agent.id))
    assert isinstance(offered, Delegation)
    browser = Browser(provider).open("/account").sign_in(agent)
    browser.open(f"/account/invitation?id={offered.id}")
    return Stage(browser, "/account/invitation/answer", {**browser.hidden(), "answer": "accept"})


def invite(provider: Provider) -> Stage:
    """Inviting an agent: what is typed is shown once more."""
    here, agent = with_matters(provider), provider.make.person()
    browser = Browser(provider).open("/account").sign_in(here.representative)
    browser.open(f"/organisation/invite?id={here.organisation.id}")
    day = (instant(provider.clock) + timedelta(days=1)).astimezone(CHINA)
    typed = {
        "who": agent.mobile,
        "capacity": "agent",
        "scope": "chosen",
        f"matter-{TAX}": "1",
        "starts": f"{day:%Y-%m-%d}",
        "ends": f"{day + timedelta(days=90):%Y-%m-%d}",
    }
    return Stage(browser, "/organisation/invite", {**browser.hidden(), **typed}, writes=False)


def confirm_invitation(provider: Provider) -> Stage:
    """Sending the invitation."""
    stage = invite(provider)
    browser = stage.browser.post(stage.path, stage.fields)
    return Stage(browser, "/organisation/invite/confirm", browser.hidden())


def end_agents(provider: Provider) -> Stage:
    """Ending several grants."""
    here, agent = with_matters(provider), provider.make.person()
    grant = here.give(here.representative, agent)
    browser = Browser(provider).open("/account").sign_in(here.representative)
    browser.open(f"/organisation/agents?id={here.organisation.id}")
    ticked = {f"end-{grant.id}": "1", "confirm": "yes"}
    return Stage(browser, "/organisation/agents/end", {**browser.hidden(), **ticked})


def grant(provider: Provider) -> Stage:
    """Ending one grant."""
    here, agent = with_matters(provider), provider.make.person()
    given = here.give(here.representative, agent)
    browser = Browser(provider).open("/account").sign_in(here.representative)
    browser.open(f"/organisation/grant?id={given.id}")
    return Stage(browser, "/organisation/grant", {**browser.hidden(), "act": "end"})


def with_matters(provider: Provider) -> Office:
    """An organisation where there is a matter to give."""
    provider.services.people.matters.replace_all([matter(TAX)], "system:test", PLACE)
    provider.clock.advance(1.5)
    return office(provider)


def sms(provider: Provider) -> Stage:
    """Asking for a code by text message."""
    browser, person = Browser(provider).open("/login"), provider.make.person()
    browser.open(f"/login/sms?transaction={transaction_of(browser)}")
    fields = {**browser.hidden(), **browser.proof_of_humanity(), "identifier": person.id_number}
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


STAGES: dict[str, Callable[[Provider], Stage]] = {
    "/login": login,
    "/login/continue": login_continue,
    "/login/sms": sms,
    "/login/totp": totp,
    "/login/recovery-code": recovery_code,
    "/login/passkey": passkey,
    "/login/more": more,
    "/recover": recover,
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
    "/register": register,
    "/consent": consent,
    "/acting/choose": choose,
    "/acting/switch": switch,
    "/account/security/password": password,
    "/account/organisations/claim": claim,
    "/account/family/answer": answer_relative,
    "/account/family/child": add_child,
    "/account/family/end": end_relative,
    "/account/family/invite": invite_relative,
    "/account/profile/merge": merge,
    "/account/close": close,
    "/account/data/copy": copy,
    "/account/data/ask": ask_for,
    "/account/history/report": report,
    "/account/profile/mobile": new_mobile,
    "/account/level/prove": prove,
    "/account/sessions/end": end_session,
    "/account/sessions/end-others": end_others,
    "/account/applications/withdraw": withdraw,
    "/account/invitation/answer": answer_invitation,
    "/organisation/agents/end": end_agents,
    "/organisation/invite": invite,
    "/organisation/invite/confirm": confirm_invitation,
    "/organisation/grant": grant,
    "/oauth/step-up": step_up,
    "/oauth/logout/confirm": logout,
}
"""By the address that the form is sent to."""
