"""SEC-38: a token serves where it was issued for and nowhere else, however genuine its signature."""

from dataclasses import dataclass
from typing import Any

import pytest

from idp.oauth.tokens import logout_token
from tests.support.forging import Signing, parts_of
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.token_readers import (
    assertion_accepts,
    assertion_reader,
    hint_accepts,
    introspection_accepts,
    userinfo_accepts,
)

pytestmark = [pytest.mark.sec("SEC-38"), pytest.mark.clause("RFC 8725", "3.11")]
BACK = "https://dept-one.test/"


@dataclass(frozen=True)
class House:
    """A client with the tokens of one person, with our own keys at hand."""

    provider: Provider
    party: RelyingParty
    tokens: dict[str, Any]

    def token(self, kind: str, header: dict[str, object] | None = None, **changes: Any) -> str:
        """A token of ours with changes that we would never make, signed by our own key; ... leaves a claim out."""
        given, claims, _ = parts_of(self.tokens[kind])
        merged = {name: value for name, value in {**claims, **changes}.items() if value is not ...}
        return Signing.ours(self.provider, given["alg"]).token({**given, **(header or {})}, merged)

    def logout_token(self) -> str:
        """What back-channel logout sends for this session."""
        services = self.provider.services
        client = services.clients.find("dept-one")
        assert client is not None
        claims = parts_of(self.tokens["id_token"])[1]
        base = services.foundation
        return logout_token.build(
            self.provider.issuer, services.protect, base.clock, client, claims["sub"], claims["sid"]
        )

    def is_access(self, token: str) -> bool:
        """Whether anybody takes it for an access token."""
        return userinfo_accepts(self.party, token) or introspection_accepts(self.party, token)

    def is_hint(self, token: str) -> bool:
        """Whether sign-out takes it for an ID token."""
        return hint_accepts(self.provider, token, BACK)

    def is_assertion(self, token: str) -> bool:
        """Whether client authentication takes it for an assertion."""
        return assertion_accepts(self.provider, token)

    def is_refresh(self, token: str) -> bool:
        """Whether the token endpoint takes it for a refresh token."""
        return self.party.refresh(token).status_code == 200

    def is_code(self, token: str) -> bool:
        """Whether the token endpoint takes it for a code."""
        return self.party.redeem(token).status_code == 200


@pytest.fixture
def house(provider: Provider) -> House:
    """Access tokens under ES256, ID and logout tokens under SM2, so that both of our keys are asked."""
    client = provider.make.client(
        "dept-one", id_token_signed_response_alg="SGD_SM3_SM2", access_token_signed_response_alg="ES256"
    )
    party = RelyingParty(provider, client)
    tokens = party.tokens(Browser(provider), provider.make.person())
    return House(provider, party, tokens)


def test_only_an_access_token_is_an_access_token(house: House) -> None:
    """ID, logout and refresh token, assertion and code open neither userinfo nor introspection as bearer tokens."""
    reader = assertion_reader(house.provider, "ES256")
    others = {
        "id token": house.tokens["id_token"],
        "logout token": house.logout_token(),
        "assertion": reader.signing.token(reader.header, reader.claims()),
    }
    for name, token in others.items():
        assert not house.is_access(token), name
    for token in (house.tokens["refresh_token"], "code", ""):
        assert house.party.userinfo(token).status_code == 401
    assert house.is_access(house.tokens["access_token"])


def test_only_an_id_token_is_a_hint(house: House) -> None:
    """Access, logout and refresh token and assertion prove no client at sign-out."""
    reader = assertion_reader(house.provider, "ES256")
    others = {
        "access token": house.tokens["access_token"],
        "logout token": house.logout_token(),
        "refresh token": house.tokens["refresh_token"],
        "assertion": reader.signing.token(reader.header, reader.claims()),
    }
    for name, token in others.items():
        assert not house.is_hint(token), name
    assert house.is_hint(house.tokens["id_token"])


def test_no_token_of_ours_is_a_clients_assertion(house: House) -> None:
    """Not even for a client that registered our own public keys as its keys."""
    ring = house.provider.services.foundation.keyring.ring()
    house.provider.make.client(
        "dept-mirror",
        token_endpoint_auth_method="private_key_jwt",
        grant_types=["client_credentials"],
        scope="api:read",
        jwks=dict(ring.jwks),
    )
    for name in ("access_token", "id_token"):
        assert not house.is_assertion(house.tokens[name]), name
        for changes in (
            {"sub": "dept-mirror"},
            {"sub": "dept-mirror", "aud": house.provider.issuer, "jti": "j1"},
            {"sub": "dept-mirror", "client_id": "dept-mirror", "aud": house.provider.issuer, "jti": "j2"},
        ):
            assert not house.is_assertion(house.token(name, **changes)), (name, changes)
    stated = {"iss": "dept-mirror", "sub": "dept-mirror", "aud": house.provider.issuer, "jti": "j3"}
    assert not house.is_assertion(house.token("access_token", **stated)), "its type is not an assertion's"
    assert not house.is_assertion(house.logout_token())


def test_no_jwt_is_a_refresh_token_or_a_code(house: House) -> None:
    """What is exchanged is known by its digest alone, so nothing signed can stand in for it."""
    for token in (house.tokens["access_token"], house.tokens["id_token"], house.logout_token()):
        assert not house.is_refresh(token)
        assert not house.is_code(token)
    assert not house.is_code(house.tokens["refresh_token"])
    assert house.is_refresh(house.tokens["refresh_token"]), "none of this spent it"


def test_the_type_decides_even_when_the_claims_would_do(house: House) -> None:
    """Access claims under another type are no access token, identity claims under another type no hint."""
    types: tuple[object, ...] = (
        "JWT",
        "logout+jwt",
        "id_token+jwt",
        "",
        None,
        "at+jwt ",
        "at",
        "jwt",
        1,
        ["at+jwt"],
    )
    for typ in types:
        assert not house.is_access(house.token("access_token", {"typ": typ})), typ
    for typ in ("at+jwt", "logout+jwt", "client-authentication+jwt", "", None, "JWT ", 1, ["JWT"]):
        assert not house.is_hint(house.token("id_token", {"typ": typ})), typ
    assert house.is_access(house.token("access_token")), "the same without the change is taken"
    assert house.is_hint(house.token("id_token"))


def test_a_token_of_another_issuer_or_audience_is_not_ours(house: House) -> None:
    """Signed by our own keys, as by another realm that shares them: issuer and audience are held, byte for byte."""
    issuer = house.provider.issuer
    near = (
        issuer + "/",
        issuer.upper(),
        issuer.replace("https", "http"),
        issuer + ".evil.test",
        issuer + "/r/2",
    )
    for wrong in (*near, "https://evil.test", "", None, ..., [issuer], 7):
        assert not house.is_access(house.token("access_token", iss=wrong)), wrong
        assert not house.is_hint(house.token("id_token", iss=wrong)), wrong
    for wrong in (*near, "dept-one", "dept-two", "", None, ..., [], ["dept-one"], [7], {"a": issuer}):
        assert not house.is_access(house.token("access_token", aud=wrong)), wrong
    for wrong in ("dept-two", issuer, "", None, ..., ["dept-one"], "DEPT-ONE"):
        assert not house.is_hint(house.token("id_token", aud=wrong)), wrong


def test_claims_of_the_wrong_kind_open_nothing(house: House) -> None:
    """Another client, an unknown family, no family, no or odd times: a good signature does not mend them."""
    now = house.provider.clock.timestamp()
    house.provider.make.client("dept-two")
    wrong: tuple[dict[str, Any], ...] = (
        {"client_id": "dept-two"},
        {"client_id": "nobody"},
        {"client_id": ...},
        {"fam": "unknown"},
        {"fam": parts_of(house.tokens["id_token"])[1]["sid"]},
        {"exp": int(now)},
        {"exp": ...},
        {"exp": now + 60.5},
        {"exp": str(int(now + 60))},
        {"exp": True},
        {"iat": int(now + 3600)},
        {"nbf": int(now + 60)},
        {"jti": ...},
        {"scope": ...},
        {"sub": ...},
    )
    for changes in wrong:
        assert not house.is_access(house.token("access_token", **changes)), changes


def test_a_token_about_a_client_is_no_persons_token(provider: Provider) -> None:
    """A client_credentials token gives no claims at userinfo, whatever scope its client has, and is nobody's hint."""
    client = provider.make.client(
        "dept-one", grant_types=["client_credentials"], scope="openid realname idcard mobile api:read"
    )
    party = RelyingParty(provider, client)
    asked: tuple[dict[str, str], ...] = ({}, {"scope": "api:read"})
    for given in asked:
        answer = party.call("/oauth/token", {"grant_type": "client_credentials", **given})
        assert answer.status_code == 200
        body = answer.get_json()
        assert (
            "openid" not in body["scope"].split() and "id_token" not in body and "refresh_token" not in body
        )
        refused = party.userinfo(body["access_token"])
        assert refused.status_code == 403
        assert refused.get_json()["error"] == "insufficient_scope"
        assert set(refused.get_json()) <= {"error", "error_description", "reference"}
        assert not hint_accepts(provider, body["access_token"], BACK)
    for scope in ("openid", "realname", "openid api:read", "offline_access"):
        answer = party.call("/oauth/token", {"grant_type": "client_credentials", "scope": scope})
        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_scope"), scope


def test_refreshing_widens_nothing(house: House) -> None:
    """Neither scope nor client of a family grows by an exchange."""
    other = RelyingParty(house.provider, house.provider.make.client("dept-two"))
    for scope in ("openid realname idcard", "idcard", "openid offline_access", "", "openid everything"):
        answer = house.party.refresh(house.tokens["refresh_token"], scope=scope)
        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_scope"), scope
    assert other.refresh(house.tokens["refresh_token"]).status_code == 400
    narrowed = house.party.refresh(house.tokens["refresh_token"], scope="openid").get_json()
    assert set(house.party.userinfo(narrowed["access_token"]).get_json()) == {"sub"}
