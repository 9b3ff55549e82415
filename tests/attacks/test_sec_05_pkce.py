"""SEC-05: a code is bound to a challenge by S256, and nothing a client or attacker sends loosens that."""

import hashlib
import secrets
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from crypto import base64url
from tests.support.forging import codes_of
from tests.support.journey import Browser, RelyingParty, challenge
from tests.support.provider import Provider

pytestmark = [pytest.mark.sec("SEC-05"), pytest.mark.clause("RFC 9700", "2.1.1")]
KINDS: dict[str, dict[str, Any]] = {
    "confidential": {},
    "public": {"token_endpoint_auth_method": "none", "kind": "spa"},
}

# What replaces the pair (code_challenge, code_challenge_method) of an honest request; {c} is the honest challenge.
DOWNGRADES: dict[str, tuple[str | None, str | None]] = {
    "no PKCE at all": (None, None),
    "no challenge": (None, "S256"),
    "empty challenge": ("", "S256"),
    "no method, which RFC 7636 reads as plain": ("{c}", None),
    "empty method": ("{c}", ""),
    "plain": ("{c}", "plain"),
    "plain, in capitals": ("{c}", "PLAIN"),
    "both methods": ("{c}", "S256 plain"),
    "small letters": ("{c}", "s256"),
    "blank before": ("{c}", " S256"),
    "line end behind": ("{c}", "S256\n"),
    "S512": ("{c}", "S512"),
    "SM3": ("{c}", "SM3"),
    "none": ("{c}", "none"),
    "padded": ("{c}=", "S256"),
    "line end behind the challenge": ("{c}\n", "S256"),
    "one letter short": ("a" * 42, "S256"),
    "too long": ("{c}A", "S256"),
    "in hexadecimal": ("a" * 64, "S256"),
    "letters of plain base64": ("+" * 43, "S256"),
    "wide letters": ("\uff41" * 43, "S256"),
}


def code_for(provider: Provider, client_id: str = "dept-one", **changes: Any) -> tuple[RelyingParty, str]:
    """A client and a fresh code of its own."""
    party = RelyingParty(provider, provider.make.client(client_id, **changes))
    browser = Browser(provider).open(party.authorize_url())
    browser.sign_in(provider.make.person()).allow()
    return party, party.answer(browser)["code"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_downgraded_request_is_answered_by_a_code(provider: Provider, kind: str) -> None:
    """Confidential or public, signed in and agreed: without S256 there is an error at the client and no code."""
    party = RelyingParty(provider, provider.make.client("dept-one", **KINDS[kind]))
    browser = Browser(provider)
    party.tokens(browser, provider.make.person())
    honest = challenge(party.verifier)
    for name, (given, method) in DOWNGRADES.items():
        sent = None if given is None else given.replace("{c}", honest)
        browser.open(party.authorize_url(code_challenge=sent, code_challenge_method=method))
        answer = party.answer(browser)
        assert answer["error"] == "invalid_request" and "code" not in answer, name
    browser.open(party.authorize_url())
    assert "code" in party.answer(browser)


@pytest.mark.parametrize("kind", KINDS)
def test_no_request_without_the_verifier_gets_tokens(provider: Provider, kind: str) -> None:
    """Not without it, not with the challenge itself, not with another method named: and the code stays its owner's."""
    party, code = code_for(provider, **KINDS[kind])
    honest = challenge(party.verifier)
    wrong: dict[str, dict[str, str | None]] = {
        "none": {"code_verifier": None},
        "empty": {"code_verifier": ""},
        "the challenge, as for plain": {"code_verifier": honest},
        "the same, with plain named": {"code_verifier": honest, "code_challenge_method": "plain"},
        "a challenge of one's own": {
            "code_verifier": "w" * 43,
            "code_challenge": challenge("w" * 43),
            "code_challenge_method": "S256",
        },
        "another verifier": {"code_verifier": secrets.token_urlsafe(32)},
        "one letter less": {"code_verifier": party.verifier[:-1]},
        "one letter more": {"code_verifier": party.verifier + "A"},
        "line end": {"code_verifier": party.verifier + "\n"},
        "blank": {"code_verifier": " " + party.verifier},
        "capitals": {"code_verifier": party.verifier.swapcase()},
        "the hash": {"code_verifier": hashlib.sha256(party.verifier.encode()).hexdigest()},
        "under another name": {"code_verifier": None, "Code_Verifier": party.verifier},
        "no letters of ASCII": {"code_verifier": "验" * 43},
        "over-long": {"code_verifier": party.verifier * 4},
    }
    for name, changes in wrong.items():
        answer = party.redeem(code, **changes)
        assert answer.status_code == 400, name
        assert answer.get_json()["error"] in {"invalid_grant", "invalid_request"}, name
        assert "access_token" not in answer.get_json(), name
    assert party.redeem(code).status_code == 200, "none of this burned the code"


def test_a_code_is_not_redeemed_by_the_verifier_of_another_request(provider: Provider) -> None:
    """An injected code of the same client and person fails in the session whose verifier is another."""
    party, code = code_for(provider)
    victim = RelyingParty(provider, party.client)
    refused = victim.redeem(code)
    assert (refused.status_code, refused.get_json()["error"]) == (400, "invalid_grant")


def test_the_challenge_is_fixed_when_the_request_begins(provider: Provider) -> None:
    """Parameters added when the request is resumed after sign-in and consent change nothing of it."""
    party = RelyingParty(provider, provider.make.client("dept-one"))
    attacker = RelyingParty(provider, party.client)
    extra = f"&code_challenge={challenge(attacker.verifier)}&code_challenge_method=plain"
    resumed: list[str] = []

    class Meddled(Browser):
        """Adds parameters of its own to every address that it follows."""

        def _call(self, method: str, url: str, **options: Any) -> TestResponse:
            if "/oauth/authorize/resume" in url:
                resumed.append(url)
                url += extra
            return super()._call(method, url, **options)

    browser = Meddled(provider).open(party.authorize_url())
    browser.sign_in(provider.make.person()).allow()
    assert resumed
    code = party.answer(browser)["code"]
    assert attacker.redeem(code).status_code == 400
    assert party.redeem(code).status_code == 200


@pytest.mark.clause("RFC 9700", "4.8.2")
def test_a_code_that_has_no_challenge_is_worth_nothing(provider: Provider) -> None:
    """Were a code ever issued without a challenge, neither a verifier nor its absence would redeem it."""
    party, code = code_for(provider)
    codes = codes_of(provider)
    held = codes.find(code)
    assert held is not None
    empty_hash = base64url.encode(hashlib.sha256(b"").digest())
    for kept in ("", "plain", empty_hash):
        bare = codes.issue(replace(held.value, code_challenge=kept))
        for verifier in (None, "", party.verifier, "plain", kept):
            assert party.redeem(bare, code_verifier=verifier).status_code == 400, (kept, verifier)
    assert party.redeem(code).status_code == 200


def test_only_s256_is_offered(provider: Provider) -> None:
    """Discovery names S256 alone (RFC 8414 §2)."""
    document = Browser(provider).open("/.well-known/openid-configuration")
    assert '"code_challenge_methods_supported":["S256"]' in document.page
    assert "plain" not in document.page
