"""Every form of ours with a browser in front of it, as the person to whom it is shown; a part adds its own to STAGES."""

from collections.abc import Callable
from datetime import date, timedelta

from idp.clock import CHINA, instant
from idp.delegations.store import Delegation
from tests.support import form_stages_login
from tests.support.delegating import PLACE, TAX, Office, To, office
from tests.support.form_stage import Stage
from tests.support.journey import Browser, RelyingParty
from tests.support.matters import matter
from tests.support.provider import Provider
from tests.support.synthetic import synthetic_id_number, synthetic_uscc

PASSWORD = "another long phrase 很长的"


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


STAGES: dict[str, Callable[[Provider], Stage]] = {
    **form_stages_login.STAGES,
    "/login": login,
    "/login/continue": login_continue,
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
