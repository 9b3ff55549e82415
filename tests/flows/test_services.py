"""Machines: client_credentials, and resource servers that ask about tokens (RFC 6749 §4.4, RFC 7662)."""

import pytest

from idp.applications import store as application_store
from idp.applications.models import ApplicationState
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider

SCOPE = "licence.read licence.write"


def _service(provider: Provider, name: str = "licences", may_introspect: bool = True) -> RelyingParty:
    client = provider.make.client(
        name,
        kind="service",
        grant_types=["client_credentials"],
        scope=SCOPE,
        optional_scope="",
        may_introspect=may_introspect,
    )
    return RelyingParty(provider, client)


def _token(service: RelyingParty, **fields: str) -> dict[str, str]:
    answer = service.call("/oauth/token", {"grant_type": "client_credentials", **fields})
    return dict(answer.get_json())


@pytest.mark.clause("RFC 6749", "4.4")
def test_a_service_gets_a_token_about_itself_only(any_provider: Provider) -> None:
    """No refresh token, no ID token, no person: userinfo refuses it."""
    service = _service(any_provider)
    tokens = _token(service, scope="licence.read")
    assert tokens["scope"] == "licence.read"
    assert not {"refresh_token", "id_token"} & set(tokens)
    assert service.userinfo(tokens["access_token"]).status_code in {401, 403}


@pytest.mark.parametrize("scope", ["licence.read admin", "openid", "realname"])
def test_a_service_gets_no_scope_that_is_not_its_own(provider: Provider, scope: str) -> None:
    """Neither a foreign scope nor those that are about persons."""
    assert _token(_service(provider), scope=scope)["error"] == "invalid_scope"


def test_grants_are_as_registered(provider: Provider) -> None:
    """A service cannot redeem codes or send people to sign in; a web application cannot be a machine."""
    service = _service(provider)
    web = RelyingParty(provider, provider.make.client())
    assert _token(web)["error"] == "unauthorized_client"
    browser = Browser(provider).open(service.authorize_url(scope="openid"))
    assert browser.left_to is None or "error=unauthorized_client" in browser.left_to
    assert service.redeem("x").get_json()["error"] == "unauthorized_client"


@pytest.mark.clause("RFC 7662", "2.2")
def test_a_resource_server_learns_about_any_token(any_provider: Provider) -> None:
    """Active tokens of persons and machines are told without personal data; revoked ones are inactive."""
    service, web = _service(any_provider), RelyingParty(any_provider, any_provider.make.client())
    person = any_provider.make.person()
    tokens = web.tokens(Browser(any_provider), person)
    told = service.call("/oauth/introspect", {"token": tokens["access_token"]}).get_json()
    assert told["active"] is True and told["client_id"] == "dept-one"
    assert person.name not in str(told) and person.id_number not in str(told)
    own = service.call("/oauth/introspect", {"token": _token(service)["access_token"]}).get_json()
    assert own["active"] is True and own["scope"] == SCOPE
    web.call("/oauth/revoke", {"token": tokens["refresh_token"]})
    after = service.call("/oauth/introspect", {"token": tokens["access_token"]})
    assert after.get_json() == {"active": False}


def test_others_learn_about_their_own_tokens_only(provider: Provider) -> None:
    """Without the right to introspect, somebody else's token is inactive."""
    plain = _service(provider, "plain", may_introspect=False)
    web = RelyingParty(provider, provider.make.client())
    tokens = web.tokens(Browser(provider), provider.make.person())
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert plain.call("/oauth/introspect", {"token": token}).get_json() == {"active": False}
    own = _token(plain)["access_token"]
    assert plain.call("/oauth/introspect", {"token": own}).get_json()["active"] is True


@pytest.mark.parametrize("state", [ApplicationState.SUSPENDED, ApplicationState.RETIRED])
def test_a_suspended_application_is_out_within_a_second(
    any_provider: Provider, state: ApplicationState
) -> None:
    """Its tokens stop, its credentials stop, and people are told on a page instead of being sent there."""
    service, web = _service(any_provider), RelyingParty(any_provider, any_provider.make.client())
    browser, person = Browser(any_provider), any_provider.make.person()
    tokens = web.tokens(browser, person)
    with any_provider.sql.begin() as db:
        application_store.change_state(db, web.client.application_id, state)
    any_provider.clock.advance(1.1)
    assert web.refresh(tokens["refresh_token"]).get_json()["error"] == "invalid_client"
    assert web.userinfo(tokens["access_token"]).status_code == 401
    asked = service.call("/oauth/introspect", {"token": tokens["access_token"]})
    assert asked.get_json() == {"active": False}
    browser.open(web.authorize_url())
    assert browser.left_to is None or not browser.left_to.startswith(web.client.redirect_uri)
    assert browser.status == 400
