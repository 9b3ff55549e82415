"""The places where a token of ours or of a client comes in: what each makes of a token (SEC-08, SEC-38)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import Client as WsgiClient

from crypto.keys.handle import Algorithm
from crypto.tokens import random_token
from tests.support.forging import Signing, parts_of
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# Refusals from one address are limited; the limit is not what is asked here, so every call has one of its own.
_ADDRESSES: Iterator[str] = (f"198.18.{number // 250 % 250}.{number % 250}" for number in count())


@dataclass(frozen=True)
class Reader:
    """One reader of tokens. `accepts` fails for any answer that is neither its usual yes nor its usual no.

    `header` and `claims` are those of a token that it takes, signed by `signing`; `other` is a key of the other
    algorithm that it takes too. Claims are made anew by each call, since some readers take a token once.
    """

    name: str
    header: dict[str, Any]
    claims: Callable[[], dict[str, Any]]
    signing: Signing
    other: Signing
    accepts: Callable[[str], bool]


def userinfo_accepts(party: RelyingParty, token: str) -> bool:
    """Whether userinfo gives claims for a token."""
    answer = replace(party, address=next(_ADDRESSES)).userinfo(token)
    assert answer.status_code in {200, 401}, answer.get_data(as_text=True)
    assert answer.status_code == 200 or set(answer.get_json()) <= {"error", "error_description", "reference"}
    return bool(answer.status_code == 200)


def introspection_accepts(party: RelyingParty, token: str) -> bool:
    """Whether introspection calls a token active; the other answer says nothing else."""
    answer = replace(party, address=next(_ADDRESSES)).call("/oauth/introspect", {"token": token})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    body = answer.get_json()
    assert body["active"] is True or body == {"active": False}
    return bool(body["active"])


def hint_accepts(provider: Provider, token: str, back: str) -> bool:
    """Whether sign-out takes a token for a hint that proves its client."""
    query = urlencode({"id_token_hint": token, "post_logout_redirect_uri": back})
    browser = Browser(provider).open(f"/oauth/logout?{query}")
    assert (browser.status, browser.left_to) in {(200, back), (400, None)}
    return browser.status == 200


def assertion_accepts(provider: Provider, token: str) -> bool:
    """Whether the token endpoint takes a token for a client's assertion."""
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": token}
    answer = WsgiClient(provider.app, use_cookies=False).post(
        "/oauth/token",
        data=form,
        base_url=provider.issuer,
        environ_overrides={"REMOTE_ADDR": next(_ADDRESSES)},
    )
    assert answer.status_code in {200, 401}, answer.get_data(as_text=True)
    assert answer.status_code == 200 or answer.get_json()["error"] == "invalid_client"
    return bool(answer.status_code == 200)


def access_readers(provider: Provider, algorithm: Algorithm) -> list[Reader]:
    """Userinfo, introspection and revocation, which read access tokens of ours."""
    client = provider.make.client("dept-one", access_token_signed_response_alg=algorithm)
    party = RelyingParty(provider, client)
    genuine = party.tokens(Browser(provider), provider.make.person())["access_token"]
    header, claims, _ = parts_of(genuine)
    ours, other = (Signing.ours(provider, name) for name in _both(algorithm))

    def revocation(token: str) -> bool:
        # Asked of a token of its own, so that one success does not blind the next try.
        assert party.call("/oauth/revoke", {"token": token}).status_code == 200
        jti = parts_of(token)[1]["jti"] if token.count(".") == 2 else ""
        return not userinfo_accepts(party, ours.token(header, {**claims, "jti": jti}))

    def fresh() -> dict[str, Any]:
        return {**claims, "jti": random_token(16)}

    return [
        Reader("userinfo", header, fresh, ours, other, lambda token: userinfo_accepts(party, token)),
        Reader(
            "introspection", header, fresh, ours, other, lambda token: introspection_accepts(party, token)
        ),
        Reader("revocation", header, fresh, ours, other, revocation),
    ]


def hint_reader(provider: Provider, algorithm: Algorithm) -> Reader:
    """Sign-out, which reads ID tokens of ours as hints."""
    client = provider.make.client("dept-hint", id_token_signed_response_alg=algorithm)
    party = RelyingParty(provider, client)
    genuine = party.tokens(Browser(provider), provider.make.person())["id_token"]
    header, claims, _ = parts_of(genuine)
    ours, other = (Signing.ours(provider, name) for name in _both(algorithm))
    back = "https://dept-hint.test/"
    return Reader(
        "id_token_hint",
        header,
        lambda: claims,
        ours,
        other,
        lambda token: hint_accepts(provider, token, back),
    )


def assertion_reader(provider: Provider, algorithm: Algorithm) -> Reader:
    """Client authentication, which reads assertions under the keys that the client registered."""
    own, other = (Signing.fresh(name) for name in _both(algorithm))
    client = provider.make.client(
        "dept-key",
        token_endpoint_auth_method="private_key_jwt",
        grant_types=["client_credentials"],
        scope="api:read",
        jwks={"keys": [own.jwk, other.jwk]},
    )

    def claims() -> dict[str, Any]:
        now = int(provider.clock.timestamp())
        about = {"iss": client.client_id, "sub": client.client_id, "aud": provider.issuer}
        return {**about, "iat": now, "exp": now + 60, "jti": random_token(16)}

    header = {"alg": algorithm, "kid": own.handle.kid, "typ": "JWT"}
    return Reader(
        "client assertion", header, claims, own, other, lambda token: assertion_accepts(provider, token)
    )


def _both(first: Algorithm) -> tuple[Algorithm, Algorithm]:
    return (first, "SGD_SM3_SM2" if first == "ES256" else "ES256")
