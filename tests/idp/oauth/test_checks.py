"""Each check of an authorization request refuses what it is for, in its order (`oauth/checks/table.py`)."""

from collections.abc import Mapping

import pytest

from idp.oauth.checks.table import begin_check, finish_check
from idp.oauth.errors import AuthorizationRefused, PageRefused
from idp.oauth.request import AuthorizationRequest
from tests.support.provider import Provider

CALLBACK = "https://dept-one.test/callback"
GOOD: Mapping[str, str] = {
    "response_type": "code",
    "client_id": "dept-one",
    "redirect_uri": CALLBACK,
    "scope": "openid realname",
    "state": "s",
    "nonce": "n",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}
NOW = 1_795_000_000.0


@pytest.fixture
def clients(provider: Provider) -> Provider:
    """A web client, and one that may neither refresh nor ask for people."""
    provider.make.client(scope="openid realname idcard mobile offline_access")
    provider.make.client("machine", grant_types=["client_credentials"])
    provider.make.client("brief", grant_types=["authorization_code"])
    return provider


def _check(provider: Provider, **changes: str | None) -> AuthorizationRequest:
    parameters = {k: v for k, v in {**GOOD, **changes}.items() if v is not None}
    return finish_check(begin_check(parameters, provider.services.clients, NOW))


def test_a_good_request_becomes_a_value(clients: Provider) -> None:
    """Everything that follows is in it; scopes in the order asked, each once."""
    request = _check(clients, scope="openid  realname openid", prompt="consent login", max_age="60")
    assert request.scope == ("openid", "realname")
    assert request.prompt == ("consent", "login")
    assert (request.client_id, request.redirect_uri, request.state, request.nonce) == (
        "dept-one",
        CALLBACK,
        "s",
        "n",
    )
    assert request.signed_in_since == NOW, "prompt=login is stricter than max_age"
    assert _check(clients, max_age="60").signed_in_since == NOW - 60
    assert _check(clients).signed_in_since is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": None}, "authorize.client"),
        ({"client_id": ""}, "authorize.client"),
        ({"client_id": "nobody"}, "authorize.client"),
        ({"client_id": "DEPT-ONE"}, "authorize.client"),
        ({"redirect_uri": None}, "authorize.redirect_uri"),
        ({"redirect_uri": CALLBACK + "/"}, "authorize.redirect_uri"),
        ({"redirect_uri": CALLBACK + "?x=1"}, "authorize.redirect_uri"),
        ({"redirect_uri": CALLBACK.upper()}, "authorize.redirect_uri"),
        ({"redirect_uri": "https://evil.test/"}, "authorize.redirect_uri"),
        ({"redirect_uri": "", "response_type": "token"}, "authorize.redirect_uri"),
    ],
)
@pytest.mark.clause("RFC 6749", "4.1.2.1")
@pytest.mark.clause("RFC 9700", "2.1")
def test_until_client_and_address_are_proven_it_is_a_page(
    clients: Provider, changes: dict[str, str | None], code: str
) -> None:
    """Nothing is sent to an address that was not proven, whatever else is wrong."""
    with pytest.raises(PageRefused) as refused:
        _check(clients, **changes)
    assert refused.value.code == code


REFUSED: dict[str, tuple[dict[str, str | None], str]] = {
    "no response_type": ({"response_type": None}, "unsupported_response_type"),
    "implicit": ({"response_type": "token"}, "unsupported_response_type"),
    "hybrid": ({"response_type": "code id_token"}, "unsupported_response_type"),
    "fragment": ({"response_mode": "fragment"}, "invalid_request"),
    "request object": ({"request": "a.b.c"}, "request_not_supported"),
    "request_uri": ({"request_uri": "https://x.test/"}, "request_uri_not_supported"),
    "registration": ({"registration": "{}"}, "registration_not_supported"),
    "long state": ({"state": "s" * 1025}, "invalid_request"),
    "no scope": ({"scope": None}, "invalid_scope"),
    "without openid": ({"scope": "realname"}, "invalid_scope"),
    "foreign scope": ({"scope": "openid admin"}, "invalid_scope"),
    "scope by tab": ({"scope": "openid\trealname"}, "invalid_scope"),
    "no challenge": ({"code_challenge": None}, "invalid_request"),
    "plain": ({"code_challenge_method": "plain"}, "invalid_request"),
    "no method": ({"code_challenge_method": None}, "invalid_request"),
    "short challenge": ({"code_challenge": "E9Mel"}, "invalid_request"),
    "padded challenge": ({"code_challenge": GOOD["code_challenge"][:42] + "="}, "invalid_request"),
    "long nonce": ({"nonce": "n" * 257}, "invalid_request"),
    "prompt": ({"prompt": "create"}, "invalid_request"),
    "max_age": ({"max_age": "soon"}, "invalid_request"),
    "grant": (
        {"client_id": "machine", "redirect_uri": "https://machine.test/callback"},
        "unauthorized_client",
    ),
    "offline without refresh": (
        {
            "client_id": "brief",
            "redirect_uri": "https://brief.test/callback",
            "scope": "openid offline_access",
        },
        "invalid_scope",
    ),
}


@pytest.mark.parametrize(("changes", "error"), REFUSED.values(), ids=REFUSED)
@pytest.mark.clause("OpenID Connect Core 1.0", "3.1.2.6")
def test_the_rest_goes_back_to_the_client(
    clients: Provider, changes: dict[str, str | None], error: str
) -> None:
    """Each refusal has its registered code, and its words repeat nothing of the request."""
    with pytest.raises(AuthorizationRefused) as refused:
        _check(clients, **changes)
    assert refused.value.error.value == error
    for value in changes.values():
        assert not value or len(value) < 8 or value not in refused.value.description


def test_odd_but_harmless_parameters_are_left_out(clients: Provider) -> None:
    """Empty nonce, overlong hints and unknown parameters change nothing."""
    request = _check(clients, nonce="", login_hint="x" * 65, display="popup")
    assert request.nonce is None and request.login_hint is None
