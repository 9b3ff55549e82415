"""Clients that prove themselves by a signed assertion (RFC 7523, OpenID Connect Core §9), over HTTP."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from crypto.jose import jwt
from crypto.keys.handle import Algorithm, Signer
from crypto.keys.software import SoftwareKeys, new_root_key
from crypto.tokens import random_token
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS: tuple[Algorithm, ...] = ("ES256", "SGD_SM3_SM2")


def _key(algorithm: Algorithm) -> tuple[Signer, dict[str, object]]:
    keys = SoftwareKeys(new_root_key())
    made = keys.generate(algorithm)
    return keys.signer(made.handle, made.wrapped), dict(made.handle.public_jwk)


def _assertion(provider: Provider, signer: Signer, **changes: object) -> str:
    now = int(provider.clock.timestamp())
    claims: dict[str, object] = {
        "iss": "dept-one",
        "sub": "dept-one",
        "aud": provider.issuer + "/oauth/token",
        "iat": now,
        "exp": now + 60,
        "jti": random_token(16),
    }
    return jwt.encode({**claims, **changes}, signer)


def _registered(provider: Provider, algorithm: Algorithm) -> tuple[RelyingParty, Signer]:
    signer, public = _key(algorithm)
    client = provider.make.client(
        token_endpoint_auth_method="private_key_jwt", client_secret_digest=None, jwks={"keys": [public]}
    )
    return RelyingParty(provider, client), signer


def _post(application: RelyingParty, path: str, fields: dict[str, str]) -> TestResponse:
    """A call without the Authorization header that a secret would bring."""
    bare = replace(application, client=replace(application.client, client_secret=None))
    return bare.call(path, fields)


def _code(application: RelyingParty) -> str:
    provider = application.provider
    browser = Browser(provider).open(application.authorize_url()).sign_in(provider.make.person()).allow()
    return application.answer(browser)["code"]


def _redeem(application: RelyingParty, code: str, assertion: str) -> TestResponse:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": application.client.redirect_uri,
        "code_verifier": application.verifier,
        "client_assertion_type": TYPE,
        "client_assertion": assertion,
    }
    return _post(application, "/oauth/token", fields)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.clause("RFC 7523", "3")
def test_a_code_is_redeemed_by_an_assertion_used_once(any_provider: Provider, algorithm: Algorithm) -> None:
    """The registered key gets tokens; the same assertion again, at any endpoint, is refused."""
    application, signer = _registered(any_provider, algorithm)
    assertion = _assertion(any_provider, signer)
    tokens = _redeem(application, _code(application), assertion)
    assert tokens.status_code == 200, tokens.get_data(as_text=True)
    shown = {"client_assertion_type": TYPE, "client_assertion": assertion}
    again = _post(application, "/oauth/introspect", {"token": tokens.get_json()["access_token"], **shown})
    assert again.status_code == 401 and again.get_json()["error"] == "invalid_client"
    fresh = {**shown, "client_assertion": _assertion(any_provider, signer)}
    live = _post(application, "/oauth/introspect", {"token": tokens.get_json()["access_token"], **fresh})
    assert live.get_json()["active"] is True


Change = Callable[[Provider], dict[str, Any]]
BAD: dict[str, Change] = {
    "another audience": lambda p: {"aud": "https://elsewhere.test/oauth/token"},
    "another client": lambda p: {"iss": "dept-two", "sub": "dept-two"},
    "expired": lambda p: {"exp": int(p.clock.timestamp()) - 60},
    "too long": lambda p: {"exp": int(p.clock.timestamp()) + 3600},
    "no jti": lambda p: {"jti": ""},
    "not yet": lambda p: {"nbf": int(p.clock.timestamp()) + 120},
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_other_assertions_are_refused_and_burn_no_code(
    provider: Provider, algorithm: Algorithm, change: Change
) -> None:
    """A refused client learns nothing but invalid_client, and the code still serves the right one."""
    application, signer = _registered(provider, algorithm)
    code = _code(application)
    refused = _redeem(application, code, _assertion(provider, signer, **change(provider)))
    assert (refused.status_code, refused.get_json()["error"]) == (401, "invalid_client")
    assert _redeem(application, code, _assertion(provider, signer)).status_code == 200


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_foreign_key_and_a_secret_are_refused(provider: Provider, algorithm: Algorithm) -> None:
    """Neither a key of one's own nor a client secret stands in for the registered key."""
    application, signer = _registered(provider, algorithm)
    stranger, _ = _key(algorithm)
    code = _code(application)
    assert _redeem(application, code, _assertion(provider, stranger)).status_code == 401
    by_secret = application.redeem(code)
    assert by_secret.status_code == 401
    assert _redeem(application, code, _assertion(provider, signer)).status_code == 200
