"""Acting for another from the choice to the tokens: who is told what, and what a switch and an end do."""

from datetime import timedelta
from typing import Any

import pytest

from idp.acting import store
from idp.clock import instant
from idp.identifiers.capacity import ALL, Capacity
from tests.support.delegating import PLACE, TAX, Office, office
from tests.support.factories import MadeClient, MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.matters import matter
from tests.support.provider import Provider
from tests.support.tokens import claims_of

FOR_FIRMS = ["self", "legal_representative", "administrator", "agent"]
SCOPE = "openid realname org.basic org.legalrep"


def _client(provider: Provider, client_id: str = "dept-firms", **changes: Any) -> MadeClient:
    values: dict[str, Any] = {
        "scope": "openid realname idcard mobile offline_access org.basic org.legalrep matter:TAX-001 matter:TOP-001",
        "capacities": FOR_FIRMS,
    }
    return provider.make.client(client_id, **{**values, **changes})


def _pick(browser: Browser, key: str) -> Browser:
    return browser.submit(**{"as": key})


def _sign_in(browser: Browser, party: RelyingParty, person: MadePerson, scope: str = SCOPE) -> Browser:
    browser.open(party.authorize_url(scope=scope))
    return browser.sign_in(person) if 'id="password"' in browser.page else browser


def _tokens(browser: Browser, party: RelyingParty) -> dict[str, Any]:
    if 'id="allow"' in browser.page:
        browser.allow()
    answer = party.redeem(party.answer(browser)["code"])
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return dict(answer.get_json())


def _as_firm(
    provider: Provider, here: Office, person: MadePerson, delegation_id: str, scope: str = SCOPE
) -> tuple[Browser, RelyingParty, dict[str, Any]]:
    party, browser = RelyingParty(provider, _client(provider)), Browser(provider)
    _sign_in(browser, party, person, scope)
    assert browser.path == "/acting/choose" and here.organisation.name in browser.page
    _pick(browser, f"{delegation_id}.")
    return browser, party, _tokens(browser, party)


@pytest.mark.clause("RFC 8693", "4.1")
def test_tokens_say_who_acts_for_whom(any_provider: Provider) -> None:
    """`sub` is the organisation at this client, `act` the person with role, grant and matters; userinfo adds both sides."""
    here, agent = office(any_provider, representative_name="赵法人"), any_provider.make.person(name="王经办")
    grant = here.give(here.representative, agent)
    _, party, tokens = _as_firm(any_provider, here, agent, grant.id)
    claims = claims_of(any_provider, tokens["id_token"], "JWT")
    assert claims["subject_type"] == "org" and claims["org"]["uscc"] == here.organisation.uscc
    act = claims["act"]
    assert (act["role"], act["delegation_id"], act["scope"]) == ("agent", grant.id, [TAX])
    assert act["exp"] == int(grant.ends_at.timestamp()) if grant.ends_at else False
    assert act["sub"] != claims["sub"]
    told = party.userinfo(tokens["access_token"]).get_json()
    assert told["sub"] == claims["sub"] and told["act"]["name"] == "王经办" and "name" not in told
    assert told["org"]["status"] == "registered" and told["org_legal_representative"] == {"name": "赵法人"}
    about = party.call("/oauth/introspect", {"token": tokens["access_token"]}).get_json()
    assert about["act"]["delegation_id"] == grant.id and about["sub"] == claims["sub"]
    # Two agents of one organisation are one account to the application, and two people in `act`.
    boss = here.representative
    other = Browser(any_provider, "192.0.2.44")
    _sign_in(other, party, boss)
    _pick(other, f"{here.root.id}.")
    theirs = claims_of(any_provider, _tokens(other, party)["id_token"], "JWT")
    assert theirs["sub"] == claims["sub"] and theirs["act"]["sub"] != act["sub"]
    assert theirs["act"]["scope"] == [ALL]


def test_as_oneself_nothing_is_different(any_provider: Provider) -> None:
    """The same client without a choice for another gets a plain person, with the subject that it always had."""
    here, agent = office(any_provider), any_provider.make.person()
    here.give(here.representative, agent)
    party, browser = RelyingParty(any_provider, _client(any_provider)), Browser(any_provider)
    _sign_in(browser, party, agent)
    _pick(browser, "self")
    claims = claims_of(any_provider, _tokens(browser, party)["id_token"], "JWT")
    assert not {"act", "org", "subject_type"} & claims.keys()
    subject = any_provider.services.subjects.pairwise(agent.id, "dept-firms.test")
    assert claims["sub"] == subject


def test_nobody_is_asked_where_there_is_no_choice(any_provider: Provider) -> None:
    """A client for persons never asks; who acts for nobody is not asked either; one organisation only is taken as it is."""
    here, agent, plain = office(any_provider), any_provider.make.person(), any_provider.make.person()
    here.give(here.representative, agent)
    persons = RelyingParty(any_provider, any_provider.make.client("dept-persons"))
    browser = Browser(any_provider).open(persons.authorize_url())
    assert browser.sign_in(agent).path == "/consent"
    party = RelyingParty(any_provider, _client(any_provider))
    assert _sign_in(Browser(any_provider, "192.0.2.12"), party, plain).path == "/consent"
    firms = RelyingParty(any_provider, _client(any_provider, "only-firms", capacities=["agent"]))
    alone = _sign_in(Browser(any_provider, "192.0.2.13"), firms, agent)
    assert alone.path == "/consent" and here.organisation.name in alone.page
    assert claims_of(any_provider, _tokens(alone, firms)["id_token"], "JWT")["act"]["role"] == "agent"
    nobody = _sign_in(Browser(any_provider, "192.0.2.14"), firms, plain)
    assert nobody.status == 400 and "经办人" in nobody.page and nobody.left_to is None


def test_a_silent_request_is_told_that_somebody_must_choose(provider: Provider) -> None:
    """`prompt=none` with a choice open ends in interaction_required, and gives nothing."""
    here, agent = office(provider), provider.make.person()
    here.give(here.representative, agent)
    party, browser = RelyingParty(provider, _client(provider)), Browser(provider)
    browser.open("/login").sign_in(agent)
    browser.open(party.authorize_url(scope=SCOPE, prompt="none"))
    assert party.answer(browser)["error"] == "interaction_required"


def test_the_choice_holds_for_the_session_and_is_offered_first_later(any_provider: Provider) -> None:
    """Within the session the next application is not asked again; a later session sees the last choice ticked."""
    here, agent = office(any_provider), any_provider.make.person()
    grant = here.give(here.representative, agent)
    browser, _, _ = _as_firm(any_provider, here, agent, grant.id)
    second = RelyingParty(any_provider, _client(any_provider, "dept-two"))
    assert _sign_in(browser, second, agent).path == "/consent"
    assert claims_of(any_provider, _tokens(browser, second)["id_token"], "JWT")["subject_type"] == "org"
    later = Browser(any_provider, "192.0.2.30")
    first = RelyingParty(any_provider, MadeClient("dept-firms", None, "", "https://dept-firms.test/callback"))
    _sign_in(later, first, agent)
    assert f'value="{grant.id}." checked' in later.page


def test_only_offered_ways_can_be_taken(any_provider: Provider) -> None:
    """Another person's grant, an ended one, one for other matters and junk are refused, and nothing changes."""
    here, agent, other = office(any_provider), any_provider.make.person(), any_provider.make.person()
    grant, foreign = here.give(here.representative, agent), here.give(here.representative, other)
    party, browser = RelyingParty(any_provider, _client(any_provider)), Browser(any_provider)
    _sign_in(browser, party, agent)
    fields = browser.hidden()
    for key in (
        f"{foreign.id}.",
        f"{here.root.id}.",
        "",
        "self.",
        f"{grant.id}",
        f"{grant.id}.{foreign.id}",
        "x" * 500,
    ):
        browser.post("/acting/choose", {**fields, "as": key})
        assert browser.status == 400, key
    here.end(here.representative, grant.id)
    browser.post("/acting/choose", {**fields, "as": f"{grant.id}."})
    assert browser.status == 400 and not any_provider.events("capacity.chosen")


def test_another_browser_cannot_answer_the_question(provider: Provider) -> None:
    """The question is bound to the browser and the session that it was put to."""
    here, agent = office(provider), provider.make.person()
    here.give(here.representative, agent)
    party, browser = RelyingParty(provider, _client(provider)), Browser(provider)
    _sign_in(browser, party, agent)
    thief = Browser(provider, "192.0.2.99").open("/login").sign_in(here.representative)
    question = browser.hidden()["question"]
    assert thief.open(f"/acting/choose?question={question}").status == 400


def test_a_switch_needs_no_sign_in_and_ends_the_former_capacity_at_the_next_refresh(
    any_provider: Provider,
) -> None:
    """Tokens of the firm live until their refresh, which is refused; the next authorization is as oneself."""
    here, agent = office(any_provider), any_provider.make.person()
    grant = here.give(here.representative, agent)
    browser, party, tokens = _as_firm(any_provider, here, agent, grant.id)
    browser.open("/acting/switch")
    assert "您正代表" in browser.open("/account").page
    browser.open("/acting/switch").submit(**{"as": "self"})
    assert browser.path == "/account" and "您正代表" not in browser.page
    assert party.userinfo(tokens["access_token"]).status_code == 200
    assert party.refresh(tokens["refresh_token"]).get_json()["error"] == "invalid_grant"
    _sign_in(browser, party, agent)
    assert "act" not in claims_of(any_provider, _tokens(browser, party)["id_token"], "JWT")


@pytest.mark.parametrize("how", ["end", "switch"])
def test_demanding_matters_end_at_once(any_provider: Provider, how: str) -> None:
    """A token for a matter of level 3 is over at once when the grant ends or the session switches."""
    matters = [matter(TAX), matter("TOP-001", level=3)]
    any_provider.services.people.matters.replace_all(matters, "system:test", PLACE)
    any_provider.clock.advance(1.5)
    here, agent = office(any_provider), any_provider.make.person(level=3)
    grant = here.give(here.representative, agent, matters=frozenset({TAX, "TOP-001"}))
    browser, party, tokens = _as_firm(any_provider, here, agent, grant.id, f"{SCOPE} matter:TOP-001")
    assert party.userinfo(tokens["access_token"]).status_code == 200
    if how == "end":
        here.end(here.representative, grant.id)
    else:
        browser.open("/acting/switch").submit(**{"as": "self"})
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert party.call("/oauth/introspect", {"token": tokens["access_token"]}).get_json() == {"active": False}
    assert party.refresh(tokens["refresh_token"]).status_code == 400


def test_an_ended_grant_gives_nothing_more_and_refreshes_no_more(any_provider: Provider) -> None:
    """Until its refresh an ordinary token tells only what it said itself; the bar says that it is over."""
    here, agent = office(any_provider), any_provider.make.person(name="王经办")
    grant = here.give(here.representative, agent)
    browser, party, tokens = _as_firm(any_provider, here, agent, grant.id)
    here.end(here.representative, grant.id)
    told = party.userinfo(tokens["access_token"]).get_json()
    assert "org" not in told and "name" not in told["act"]
    assert party.refresh(tokens["refresh_token"]).status_code == 400
    assert "已不能使用" in browser.open("/account").page
    code = Browser(any_provider, "192.0.2.60")
    assert _sign_in(code, party, agent).path == "/consent" or "code" in (code.left_to or "")


def test_an_organisation_that_is_held_or_gone_is_acted_for_no_more(any_provider: Provider) -> None:
    """A dispute stops every refresh; thawed, the person may act again."""
    here, agent = office(any_provider), any_provider.make.person()
    grant = here.give(here.representative, agent)
    _, party, tokens = _as_firm(any_provider, here, agent, grant.id)
    organisations = any_provider.services.people.organisations
    with any_provider.sql.begin() as db:
        organisations.freeze(db, here.organisation.id, "dispute", "cli:test", PLACE)
    assert party.refresh(tokens["refresh_token"]).status_code == 400
    assert here.matters_of(agent) == frozenset()
    with any_provider.sql.begin() as db:
        organisations.thaw(db, here.organisation.id, "cli:test", PLACE)
    assert here.matters_of(agent) == {TAX}


def test_a_code_is_not_redeemed_for_a_grant_that_ended_meanwhile(any_provider: Provider) -> None:
    """Between the code and its redemption the grant ended: nothing is issued."""
    here, agent = office(any_provider), any_provider.make.person()
    grant = here.give(here.representative, agent)
    party, browser = RelyingParty(any_provider, _client(any_provider)), Browser(any_provider)
    _sign_in(browser, party, agent)
    _pick(browser, f"{grant.id}.").allow()
    here.end(agent, grant.id)
    answer = party.redeem(party.answer(browser)["code"])
    assert answer.status_code == 400 and answer.get_json()["error"] == "invalid_grant"


def test_both_sides_see_what_was_done(any_provider: Provider) -> None:
    """Choice and sign-in stand in the history of the person and of the organisation."""
    here, agent = office(any_provider), any_provider.make.person()
    grant = here.give(here.representative, agent)
    _as_firm(any_provider, here, agent, grant.id)
    with any_provider.sql.once() as db:
        mine = store.list_uses(db, person_id=agent.id)
        theirs = store.list_uses(db, organisation_id=here.organisation.id)
    assert [use.act for use in mine] == [use.act for use in theirs]
    assert {use.act for use in theirs} == {"chosen", "signed_in"}
    assert {use.capacity for use in theirs} == {Capacity.AGENT}


def test_a_guardian_acts_for_a_child_with_the_childs_subject(any_provider: Provider) -> None:
    """The application knows the child by the child's own subject; the guardian stands in `act`."""
    child, guardian = any_provider.make.person(name="王小乐"), any_provider.make.person(name="王大人")
    who = any_provider.services.people.delegations
    with any_provider.sql.begin() as db:
        until = instant(any_provider.clock) + timedelta(days=900)
        grant = who.founding.guardian(db, child.id, guardian.id, until, "test", PLACE)
    client = _client(any_provider, "school", capacities=["self", "guardian"])
    party, browser = RelyingParty(any_provider, client), Browser(any_provider)
    _sign_in(browser, party, guardian)
    assert "王小乐" not in browser.page and "王*" in browser.page
    _pick(browser, f"{grant.id}.")
    tokens = _tokens(browser, party)
    claims = claims_of(any_provider, tokens["id_token"], "JWT")
    assert claims["sub"] == any_provider.services.subjects.pairwise(child.id, "school.test")
    assert claims["subject_type"] == "person" and claims["act"]["role"] == "guardian"
    told = party.userinfo(tokens["access_token"]).get_json()
    assert told["name"] == "王小乐" and told["act"]["name"] == "王大人"
