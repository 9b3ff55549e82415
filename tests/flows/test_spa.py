"""An application that runs in the browser alone: public client, scripts across origins."""

import pytest
from werkzeug.test import Client as WsgiClient
from werkzeug.test import TestResponse

from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider

ORIGIN = "https://spa.test"


@pytest.fixture
def spa(provider: Provider) -> RelyingParty:
    """A public client."""
    return RelyingParty(provider, provider.make.client("spa", kind="spa", token_endpoint_auth_method="none"))


def _code(spa: RelyingParty) -> str:
    browser = Browser(spa.provider).open(spa.authorize_url()).sign_in(spa.provider.make.person()).allow()
    return spa.answer(browser)["code"]


def _fields(spa: RelyingParty, code: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": spa.client.redirect_uri,
        "code_verifier": spa.verifier,
    }


def _preflight(provider: Provider, path: str, origin: str) -> TestResponse:
    return WsgiClient(provider.app, use_cookies=False).options(
        path,
        base_url=provider.issuer,
        headers={"Origin": origin, "Access-Control-Request-Method": "POST"},
    )


@pytest.mark.clause("OAuth 2.0 for Browser-Based Applications", "6.3")
def test_the_whole_journey_without_a_secret(provider: Provider, spa: RelyingParty) -> None:
    """PKCE alone redeems the code; the refresh token rotates, and its reuse ends the family."""
    tokens = spa.redeem(_code(spa)).get_json()
    assert spa.userinfo(tokens["access_token"]).get_json()["name"] == "测试甲"
    second = spa.refresh(tokens["refresh_token"]).get_json()
    assert second["refresh_token"] != tokens["refresh_token"]
    assert spa.refresh(tokens["refresh_token"]).get_json()["error"] == "invalid_grant"
    assert spa.userinfo(second["access_token"]).status_code == 401


@pytest.mark.sec("SEC-37")
def test_scripts_of_the_registered_origin_may_read_the_answers(provider: Provider, spa: RelyingParty) -> None:
    """Token and userinfo answers name exactly that origin, without credentials, and vary by it."""
    answer = spa.call("/oauth/token", _fields(spa, _code(spa)), Origin=ORIGIN)
    assert answer.status_code == 200
    assert answer.headers.getlist("Access-Control-Allow-Origin") == [ORIGIN]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]
    claims = spa.userinfo(answer.get_json()["access_token"], Origin=ORIGIN)
    assert claims.headers.getlist("Access-Control-Allow-Origin") == [ORIGIN]


@pytest.mark.sec("SEC-37")
@pytest.mark.parametrize(
    "origin", ["https://evil.test", "null", "https://spa.test.evil.test", "http://spa.test"]
)
def test_scripts_of_other_origins_may_not(provider: Provider, spa: RelyingParty, origin: str) -> None:
    """No permission in the answer, none in the preflight."""
    answer = spa.call("/oauth/token", _fields(spa, _code(spa)), Origin=origin)
    assert "Access-Control-Allow-Origin" not in answer.headers
    preflight = _preflight(provider, "/oauth/token", origin)
    assert preflight.status_code == 400 and "Access-Control-Allow-Origin" not in preflight.headers


def test_another_clients_origin_reads_nothing_of_this_one(provider: Provider, spa: RelyingParty) -> None:
    """A registered origin of somebody else passes the preflight, which names no client, but cannot read the answer."""
    provider.make.client("dept-two")
    assert _preflight(provider, "/oauth/token", "https://dept-two.test").status_code == 204
    answer = spa.call("/oauth/token", _fields(spa, _code(spa)), Origin="https://dept-two.test")
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/userinfo", "/oauth/revoke"])
def test_preflights_of_the_registered_origin_pass(provider: Provider, spa: RelyingParty, path: str) -> None:
    """A browser may send Authorization and a form."""
    answer = _preflight(provider, path, ORIGIN)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("path", ["/oauth/authorize", "/oauth/introspect", "/login", "/account"])
def test_pages_and_introspection_have_no_preflight(provider: Provider, spa: RelyingParty, path: str) -> None:
    """What no script should call does not answer a preflight with any permission."""
    answer = _preflight(provider, path, ORIGIN)
    assert answer.status_code == 405 and "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/oauth/jwks"])
def test_public_documents_are_for_everybody(provider: Provider, path: str) -> None:
    """Metadata and keys may be read by any script."""
    answer = WsgiClient(provider.app).get(
        path, base_url=provider.issuer, headers={"Origin": "https://any.test"}
    )
    assert answer.headers.getlist("Access-Control-Allow-Origin") == ["*"]


def test_a_public_client_may_not_introspect_nor_act_as_confidential(
    provider: Provider, spa: RelyingParty
) -> None:
    """Introspection needs a client that can keep a secret; a made-up secret is refused."""
    tokens = spa.redeem(_code(spa)).get_json()
    asked = spa.call("/oauth/introspect", {"token": tokens["access_token"]})
    assert asked.status_code == 400 and asked.get_json()["error"] == "unauthorized_client"
    made_up = spa.call("/oauth/token", {**_fields(spa, _code(spa)), "client_secret": "x"})
    assert made_up.get_json()["error"] == "invalid_client"
