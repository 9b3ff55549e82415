"""How strongly a sign-in is demanded and what is told of it: `acr_values`, `claims`, `max_age`, clients, matters, APIs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from idp.oauth.clients import store as client_store
from tests.support.delegating import PLACE, TAX
from tests.support.journey import Browser, RelyingParty
from tests.support.matters import matter
from tests.support.methods import World, app_code, give_app, give_passkey, use_passkey, world
from tests.support.provider import Provider, SqliteTemplate
from tests.support.tokens import claims_of

TWO = "urn:yihao:aal:2"


@pytest.fixture
def house(tmp_path: Path, sqlite_template: SqliteTemplate) -> Iterator[World]:
    with world(tmp_path, sqlite_template) as made:
        yield made


def party_of(provider: Provider, **changes: Any) -> RelyingParty:
    """An application that asks for no consent."""
    return RelyingParty(provider, provider.make.client(**{"scope": "openid", **changes}))


def claims(party: RelyingParty, browser: Browser) -> dict[str, Any]:
    """The claims of the ID token that the application gets."""
    answer = party.redeem(party.answer(browser)["code"])
    return claims_of(party.provider, answer.get_json()["id_token"])


def asked(value: object) -> str:
    """The parameter `claims` for this `acr`."""
    return json.dumps({"id_token": {"acr": value}})


@pytest.mark.clause("RFC 9470", "5")
@pytest.mark.parametrize(
    "changes",
    [
        {"acr_values": "urn:example:loa:4"},
        {"claims": asked({"essential": True, "values": ["urn:example:loa:4"]})},
        {"acr_values": "urn:yihao:aal:1", "claims": asked({"value": "urn:yihao:aal:3"})},
    ],
)
def test_a_class_that_nothing_can_satisfy_is_told_at_once(
    provider: Provider, changes: dict[str, str]
) -> None:
    """Nobody is made to sign in for what cannot be reached."""
    party = party_of(provider)
    browser = Browser(provider).open(party.authorize_url(scope="openid", **changes))
    assert party.answer(browser)["error"] == "unmet_authentication_requirements"


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"id_token": 5}', '{"id_token": {"acr": {"values": 5}}}', "9" * 5000, '{"a":1,"a":2}'],
)
def test_broken_claims_are_an_invalid_request(provider: Provider, text: str) -> None:
    """Never an error of ours."""
    party = party_of(provider)
    browser = Browser(provider).open(party.authorize_url(scope="openid", claims=text))
    assert party.answer(browser)["error"] == "invalid_request"


@pytest.mark.clause("RFC 9470", "4")
@pytest.mark.parametrize(
    "changes", [{"acr_values": f"urn:example:x {TWO}"}, {"claims": asked({"value": TWO})}]
)
def test_the_class_that_is_demanded_is_reached_and_told(house: World, changes: dict[str, str]) -> None:
    """A password alone goes on to a second proof; of several classes the satisfied one is reported."""
    provider, person = house.provider, house.provider.make.person()
    party = party_of(provider)
    browser = Browser(provider).open(party.authorize_url(scope="openid", **changes)).sign_in(person)
    assert browser.path == "/login/more"
    browser.submit(way="sms").submit(code=house.code(person.mobile))
    assert claims(party, browser)["acr"] == TWO


def test_prompt_none_says_what_is_missing(provider: Provider) -> None:
    """Nobody signed in, or not as strongly as demanded: two different errors, no page."""
    party = party_of(provider)
    browser = Browser(provider)
    url = party.authorize_url(scope="openid", prompt="none", acr_values=TWO)
    assert party.answer(browser.open(url))["error"] == "login_required"
    browser.open("/account").sign_in(provider.make.person())
    assert party.answer(browser.open(url))["error"] == "unmet_authentication_requirements"


@pytest.mark.clause("RFC 9470", "4")
def test_max_age_wants_every_proof_fresh(provider: Provider) -> None:
    """An hour after two proofs, one of them anew is not two fresh ones; the time told is that of the older one."""
    person, party = provider.make.person(), party_of(provider, least_aal=2)
    secret = give_app(provider, person)
    browser = Browser(provider).open("/account").sign_in(person).submit(code=app_code(provider, secret))
    provider.clock.advance(1200)
    url = party.authorize_url(scope="openid", max_age="600")
    browser.open(url)
    assert browser.path == "/login"
    browser.sign_in(person)
    typed_at = int(provider.clock.timestamp())
    assert browser.path == "/login/more"
    browser.submit(way="totp")
    provider.clock.advance(60)
    browser.submit(code=app_code(provider, secret))
    told = claims(party, browser)
    assert told["acr"] == TWO and told["auth_time"] == typed_at


def test_a_session_keeps_what_was_proved_and_says_no_more(provider: Provider) -> None:
    """After a step-up for one application another one is told the level too; an older password makes the time older."""
    person, strict, plain = (
        provider.make.person(),
        party_of(provider, least_aal=2),
        party_of(provider, client_id="b"),
    )
    device = give_passkey(provider, person)
    browser = Browser(provider).open("/account").sign_in(person)
    begun = int(provider.clock.timestamp())
    provider.clock.advance(300)
    browser.open(strict.authorize_url(scope="openid"))
    use_passkey(browser, device)
    assert claims(strict, browser)["acr"] == TWO
    told = claims(plain, browser.open(plain.authorize_url(scope="openid")))
    assert told["acr"] == TWO and told["auth_time"] == begun
    assert set(told["amr"]) == {"pwd", "pop", "swk", "user", "mfa"}


def test_a_matter_demands_its_level_of_sign_in(provider: Provider) -> None:
    """The page names the matter; the level comes from the catalogue and not from the application."""
    provider.services.people.matters.replace_all([matter(TAX, aal=2)], "system:test", PLACE)
    provider.clock.advance(1.5)
    party = party_of(provider, scope=f"openid matter:{TAX}")
    browser = Browser(provider).open(party.authorize_url(scope=f"openid matter:{TAX}"))
    browser.sign_in(provider.make.person())
    assert browser.path == "/login/more" and "办理“" in browser.page


def test_a_client_demands_the_level_of_the_person(provider: Provider) -> None:
    """`least_ial` leads to the page that raises it, as a matter does."""
    party = party_of(provider, least_ial=3)
    browser = Browser(provider).open(party.authorize_url(scope="openid"))
    browser.sign_in(provider.make.person(level=2))
    assert browser.path == "/oauth/step-up"


@pytest.mark.clause("RFC 9470", "3")
def test_an_api_challenges_a_token_of_a_weak_sign_in(provider: Provider) -> None:
    """Userinfo refuses a token that falls short of what its client demands by now, and says which class would do."""
    party, person = party_of(provider), provider.make.person()
    tokens = party.tokens(Browser(provider), person, scope="openid")
    assert party.userinfo(tokens["access_token"]).status_code == 200
    with provider.sql.begin() as db:
        client_store.change(db, party.client.client_id, {"least_aal": 2})
    provider.clock.advance(1.5)
    answer = party.userinfo(tokens["access_token"])
    challenge = answer.headers["WWW-Authenticate"]
    assert answer.status_code == 401
    assert 'error="insufficient_user_authentication"' in challenge and f'acr_values="{TWO}"' in challenge
