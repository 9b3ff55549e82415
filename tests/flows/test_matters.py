"""Matters as applications ask for them: by scope or as authorization details, with the level that they need (RFC 9396, C07)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from idp.identifiers.capacity import Capacity
from idp.keys.models import KeyPurpose
from tests.support.delegating import PLACE, TAX, office
from tests.support.factories import MadeClient
from tests.support.journey import Browser, RelyingParty
from tests.support.matters import matter
from tests.support.provider import Provider, SqliteTemplate
from tests.support.registers import Registers, at, registers
from tests.support.tokens import claims_of

HIGH = "LAND-001"
SCOPE = "openid realname offline_access matter:TAX-001 matter:LAND-001 api:read"


def catalogue(provider: Provider) -> None:
    """One matter of level 1, one of level 2 that says why."""
    high = matter(HIGH, name="不动产登记", level=2, why="涉及重大财产权益")
    provider.services.people.matters.replace_all([matter(TAX, name="纳税申报"), high], "system:test", PLACE)
    provider.clock.advance(1.5)


def client(provider: Provider, **changes: Any) -> MadeClient:
    """A client that may ask for both."""
    return provider.make.client("dept-matters", **{"scope": SCOPE, **changes})


def details(*codes: str) -> str:
    """The parameter that asks for these matters."""
    return json.dumps([{"type": "matter", "matter": code} for code in codes])


def error_of(browser: Browser, party: RelyingParty) -> str:
    """The error that the application got."""
    return party.answer(browser)["error"]


@pytest.mark.clause("RFC 9396", "2")
@pytest.mark.clause("RFC 9396", "7")
@pytest.mark.clause("RFC 9396", "9")
def test_a_detail_is_told_in_answer_token_and_introspection(any_provider: Provider) -> None:
    """Asked for as an object, shown on the consent page by its name, and given back as an object everywhere."""
    catalogue(any_provider)
    party = RelyingParty(any_provider, client(any_provider))
    browser = Browser(any_provider)
    browser.open(party.authorize_url(scope="openid", authorization_details=details(TAX)))
    browser.sign_in(any_provider.make.person())
    assert "纳税申报" in browser.page
    browser.allow()
    answer = party.redeem(party.answer(browser)["code"]).get_json()
    wanted = [{"type": "matter", "matter": TAX}]
    assert answer["authorization_details"] == wanted and f"matter:{TAX}" in answer["scope"].split()
    assert claims_of(any_provider, answer["access_token"], "at+jwt")["authorization_details"] == wanted
    about = party.call("/oauth/introspect", {"token": answer["access_token"]}).get_json()
    assert about["authorization_details"] == wanted
    by_scope = party.tokens(
        Browser(any_provider, "192.0.2.81"), any_provider.make.person(), scope=f"openid matter:{TAX}"
    )
    assert "authorization_details" not in by_scope


@pytest.mark.clause("RFC 9396", "5")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{}",
        "[]",
        "[1]",
        "[[]]",
        '[{"matter":"TAX-001"}]',
        '[{"type":"payment","matter":"TAX-001"}]',
        '[{"type":"matter"}]',
        '[{"type":"matter","matter":7}]',
        '[{"type":"matter","matter":"tax-001"}]',
        '[{"type":"matter","matter":"TAX-001","actions":["all"]}]',
        '[{"type":"matter","matter":"TAX-001","matter":"LAND-001"}]',
        '[{"type":"matter","matter":"TAX-001"},{"type":"matter","matter":"TAX-001"}]',
        '[{"type":"matter","matter":"NOT-MINE"}]',
        "[" * 5000,
        "[" + ",".join('{"type":"matter","matter":"TAX-001"}' for _ in range(51)) + "]",
        '[{"type":"matter","matter":"TAX-001"}',
    ],
)
def test_details_that_do_not_hold_are_refused_with_their_own_error(provider: Provider, text: str) -> None:
    """No JSON, unknown types and members, members twice, matters of others, and too much: back to the application."""
    catalogue(provider)
    party = RelyingParty(provider, client(provider))
    browser = Browser(provider).open(party.authorize_url(scope="openid", authorization_details=text))
    assert error_of(browser, party) == "invalid_authorization_details"


@pytest.mark.clause("RFC 9396", "6")
def test_a_token_request_narrows_details_and_never_widens_them(any_provider: Provider) -> None:
    """At the code and at every refresh; what was left out once can come back with the next refresh, more never."""
    catalogue(any_provider)
    party = RelyingParty(any_provider, client(any_provider))
    browser = Browser(any_provider)
    both = details(TAX, HIGH)
    browser.open(party.authorize_url(scope="openid offline_access", authorization_details=both))
    browser.sign_in(any_provider.make.person()).allow()
    code = party.answer(browser)["code"]
    refused = party.redeem(code, authorization_details=details("OTHER-1"))
    assert (refused.status_code, refused.get_json()["error"]) == (400, "invalid_authorization_details")
    first = party.redeem(code, authorization_details=details(TAX)).get_json()
    assert first["authorization_details"] == [{"type": "matter", "matter": TAX}]
    assert f"matter:{HIGH}" not in first["scope"]
    second = party.refresh(first["refresh_token"], authorization_details=details(HIGH)).get_json()
    assert second["authorization_details"] == [{"type": "matter", "matter": HIGH}]
    wider = party.refresh(second["refresh_token"], authorization_details=details(TAX, "OTHER-1"))
    assert wider.get_json()["error"] == "invalid_authorization_details"
    third = party.refresh(second["refresh_token"]).get_json()
    assert len(third["authorization_details"]) == 2, "the refusal burned nothing"


def test_a_client_grants_itself_no_matter(any_provider: Provider) -> None:
    """Client credentials carry neither a matter's scope nor its details: only a person can give them."""
    catalogue(any_provider)
    made = client(any_provider, grant_types=["authorization_code", "refresh_token", "client_credentials"])
    party = RelyingParty(any_provider, made)
    grant = {"grant_type": "client_credentials"}
    assert party.call("/oauth/token", grant).get_json()["scope"] == "api:read"
    refused = party.call("/oauth/token", {**grant, "scope": f"matter:{TAX}"})
    assert refused.get_json()["error"] == "invalid_scope"
    refused = party.call("/oauth/token", {**grant, "authorization_details": details(TAX)})
    assert refused.get_json()["error"] == "invalid_authorization_details"


@pytest.mark.parametrize("asked", ["scope", "details"])
def test_a_matter_that_needs_more_asks_for_it_and_says_why(any_provider: Provider, asked: str) -> None:
    """The page names the matter, its reason and both levels; back to the application is an error of its own."""
    catalogue(any_provider)
    party = RelyingParty(any_provider, client(any_provider))
    wanted = (
        {"scope": f"openid matter:{HIGH}"}
        if asked == "scope"
        else {"scope": "openid", "authorization_details": details(HIGH)}
    )
    person = any_provider.make.person(level=1)
    browser = Browser(any_provider).open(party.authorize_url(**wanted)).sign_in(person)
    assert browser.path == "/oauth/step-up" and "办理“不动产登记”需要更高可信等级" in browser.page
    assert "涉及重大财产权益" in browser.page and "当面核实" in browser.page
    browser.open(_resume(browser))
    assert browser.path == "/oauth/step-up", "coming back changes nothing by itself"
    kept = browser.hidden()
    browser.submit()
    assert error_of(browser, party) == "unmet_authentication_requirements"
    again = Browser(any_provider, "192.0.2.82")
    again.post("/oauth/step-up", kept)
    assert again.status == 400, "the request is this browser's"
    silent = Browser(any_provider, "192.0.2.83").open("/account").sign_in(person)
    silent.open(party.authorize_url(**wanted, prompt="none"))
    assert error_of(silent, party) == "interaction_required"


def test_who_has_the_level_sees_nothing_of_it(any_provider: Provider) -> None:
    """Level 2 goes straight to the consent page, and a page about a request that lacks nothing leads on."""
    catalogue(any_provider)
    party = RelyingParty(any_provider, client(any_provider))
    person = any_provider.make.person(level=2)
    browser = Browser(any_provider).open(party.authorize_url(scope=f"openid matter:{HIGH}")).sign_in(person)
    assert 'id="allow"' in browser.page and "不动产登记" in browser.page


def test_a_matter_narrows_for_whom_one_can_act(any_provider: Provider) -> None:
    """An agent whose grant leaves the matter out is offered himself only; one whose grant has it may choose."""
    catalogue(any_provider)
    here = office(any_provider)
    agent = any_provider.make.person(level=2)
    here.give(here.representative, agent, matters=frozenset({TAX}))
    made = client(any_provider, capacities=[Capacity.SELF.value, Capacity.AGENT.value])
    party = RelyingParty(any_provider, made)
    low = (
        Browser(any_provider)
        .open(party.authorize_url(scope="openid", authorization_details=details(TAX)))
        .sign_in(agent)
    )
    assert low.path == "/acting/choose" and here.organisation.name in low.page
    high = Browser(any_provider, "192.0.2.84")
    high.open(party.authorize_url(scope="openid", authorization_details=details(HIGH))).sign_in(agent)
    assert here.organisation.name not in high.page


@pytest.fixture
def twin() -> Iterator[Registers]:
    """The sources."""
    with registers() as made:
        yield made


def test_raising_the_level_on_the_way_ends_at_the_application(
    twin: Registers, tmp_path: Path, sqlite_template: SqliteTemplate
) -> None:
    """From the application to the reason, to the bank check, back to the consent page and the code."""
    provider = Provider(
        {**sqlite_template.copy(tmp_path), **twin.environment(), "YIHAO_OUTBOUND__SECONDS": "0.5"}
    )
    signer = provider.services.foundation.keyring.signer_of(KeyPurpose.REGISTRY, "SGD_SM3_SM2")
    twin.callers.append(dict(signer.handle.public_jwk))
    at(provider.clock.timestamp())
    catalogue(provider)
    party, person = RelyingParty(provider, client(provider)), provider.make.person(level=1)
    twin.knows(
        id_number=person.id_number, name=person.name, mobile=person.mobile, card_number="6222000000000000018"
    )
    browser = Browser(provider).open(party.authorize_url(scope=f"openid matter:{HIGH}")).sign_in(person)
    assert "银行卡核验" in browser.page
    (raise_url,) = re.findall(r'id="raise" href="([^"]+)"', browser.page)
    browser.open(raise_url)
    request_id = raise_url.partition("request=")[2]
    browser.open(f"/account/level/prove?way=bank&request={request_id}").submit(
        card_number="6222000000000000018"
    )
    assert "已核实" in browser.page
    browser.open(_resume(browser))
    browser.allow()
    tokens = party.redeem(party.answer(browser)["code"]).get_json()
    assert f"matter:{HIGH}" in tokens["scope"]
    provider.close()


def _resume(browser: Browser) -> str:
    (url,) = re.findall(r'id="resume" href="([^"]+)"', browser.page)
    return str(url)
