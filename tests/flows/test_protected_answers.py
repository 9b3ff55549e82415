"""Applications that have their answers signed and encrypted: the whole way through the provider, and back at sign-out."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from crypto.errors import TokenRejected
from crypto.jose import jwt, nested
from crypto.jose import profile as profiles
from crypto.jose.profile import ENC_OF, table_for
from crypto.keys import jwk
from crypto.keys.handle import KeyHandle
from crypto.sm.sm2 import Sm2PrivateKey
from idp.settings import Profile
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.raw import ask
from tests.support.recipients import Recipient, outer_header
from tests.support.tokens import claims_of, published_keys

SM2 = {
    "id_token_signed_response_alg": "SGD_SM3_SM2",
    "id_token_encrypted_response_alg": "SGD_SM2_3",
    "userinfo_signed_response_alg": "SGD_SM3_SM2",
    "userinfo_encrypted_response_alg": "SGD_SM2_3",
    "introspection_signed_response_alg": "SGD_SM3_SM2",
    "introspection_encrypted_response_alg": "SGD_SM2_3",
}
P256 = {name: {"SGD_SM3_SM2": "ES256", "SGD_SM2_3": "ECDH-ES"}[alg] for name, alg in SM2.items()}
BACK = "https://dept-one.test/"


@pytest.fixture
def heard() -> Iterator[tuple[str, list[str]]]:
    """An application's logout address and the tokens that came to it."""
    tokens: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            tokens.append(parse_qs(body)["logout_token"][0])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/logout", tokens
    server.shutdown()
    server.server_close()
    thread.join()


def _to_us(provider: Provider, signed: str, alg: str) -> str:
    """A signed token encrypted to the provider's published key for encryption."""
    (key,) = [key for key in published_keys(provider) if key["use"] == "enc" and key["alg"] == alg]
    return nested.wrap(signed, key, alg=alg, enc=ENC_OF[alg])


def _leads_back(provider: Provider, hint: str, **more: str) -> bool:
    query = urlencode({"id_token_hint": hint, "post_logout_redirect_uri": BACK, **more})
    browser = Browser(provider).open(f"/oauth/logout?{query}")
    assert (browser.status, browser.left_to) in {(200, BACK), (400, None)}
    return browser.status == 200


@pytest.mark.clause("OpenID Connect Core 1.0", "10.2")
@pytest.mark.clause("OpenID Connect Back-Channel Logout 1.0", "2.5")
@pytest.mark.parametrize(("alg", "members"), [("SGD_SM2_3", SM2), ("ECDH-ES", P256)], ids=["SM2", "P-256"])
def test_a_department_reads_all_its_answers_and_nobody_else_does(
    any_provider: Provider, heard: tuple[str, list[str]], alg: Any, members: dict[str, str]
) -> None:
    """ID token, userinfo, introspection and logout token come nested, open with its key, and verify with ours."""
    recipient, address = Recipient.fresh(alg), heard[0]
    client = any_provider.make.client(jwks=recipient.jwks, backchannel_logout_uri=address, **members)
    party, browser, person = (
        RelyingParty(any_provider, client),
        Browser(any_provider),
        any_provider.make.person(),
    )
    tokens = party.tokens(browser, person, scope="openid realname idcard")
    told = party.userinfo(tokens["access_token"])
    introspected = party.call("/oauth/introspect", {"token": tokens["access_token"]})
    browser.open("/oauth/logout").submit()
    assert told.content_type == "application/jwt"
    assert introspected.content_type == "application/token-introspection+jwt"
    answers = {
        "JWT": tokens["id_token"],
        "userinfo": told.get_data(as_text=True),
        "token-introspection+jwt": introspected.get_data(as_text=True),
        "logout+jwt": heard[1][0],
    }
    claims = {}
    for typ, answer in answers.items():
        assert outer_header(answer)["alg"] == alg
        signed = recipient.opened(answer)
        typ_inside = "JWT" if typ == "userinfo" else typ
        claims[typ] = claims_of(any_provider, signed, typ_inside, client.client_id)
        with pytest.raises(TokenRejected):
            Recipient.fresh(alg).opened(answer)
    assert claims["JWT"]["nonce"] == party.nonce
    assert claims["userinfo"]["sub"] == claims["JWT"]["sub"] == claims["logout+jwt"]["sub"]
    assert claims["userinfo"]["id_number"] == person.id_number
    assert claims["token-introspection+jwt"]["token_introspection"]["active"] is True


@pytest.mark.clause("OpenID Connect Core 1.0", "3.1.2.1")
@pytest.mark.parametrize("alg", ["SGD_SM2_3", "ECDH-ES"])
def test_a_hint_may_come_back_signed_or_encrypted_to_us(provider: Provider, alg: Any) -> None:
    """The signed ID token inside, and the same one encrypted to our key, prove the client at sign-out; what it got does not."""
    recipient = Recipient.fresh()
    client = provider.make.client(jwks=recipient.jwks, **SM2)
    party = RelyingParty(provider, client)
    encrypted = party.tokens(Browser(provider), provider.make.person())["id_token"]
    signed = recipient.opened(encrypted)
    assert _leads_back(provider, signed)
    assert _leads_back(provider, _to_us(provider, signed, alg))
    assert not _leads_back(provider, encrypted), "it is encrypted to the application, not to us"
    assert not _leads_back(provider, _to_us(provider, signed[:-4] + "AAAA", alg))


def test_no_other_signed_answer_is_a_hint(provider: Provider) -> None:
    """Userinfo and introspection as JWT are for this client and by us, and still prove nothing at sign-out."""
    client = provider.make.client(userinfo_signed_response_alg="ES256")
    party = RelyingParty(provider, client)
    tokens = party.tokens(Browser(provider), provider.make.person())
    about = party.userinfo(tokens["access_token"]).get_data(as_text=True)
    accept = {"Accept": "application/token-introspection+jwt"}
    told = party.call("/oauth/introspect", {"token": tokens["access_token"]}, **accept)
    for answer in (about, told.get_data(as_text=True)):
        assert answer.count(".") == 2
        assert not _leads_back(provider, answer)
    assert _leads_back(provider, tokens["id_token"])


def test_a_hint_in_the_forms_of_its_own_client_is_understood(provider: Provider) -> None:
    """A client with DER signatures and ASN.1 ciphertexts sends its ID token back in the same forms."""
    recipient, agreed = (
        Recipient.fresh(),
        {"sig_encoding": "der", "jwe_ek_encoding": "asn1", "alg": "SM2-SM3"},
    )
    client = provider.make.client(jwks=recipient.jwks, jose_profile=agreed, **SM2)
    party = RelyingParty(provider, client)
    signed = recipient.opened(party.tokens(Browser(provider), provider.make.person())["id_token"], "asn1")
    assert _leads_back(provider, signed)
    (key,) = [key for key in published_keys(provider) if key["alg"] == "SGD_SM2_3"]
    pair = {"alg": "SGD_SM2_3", "enc": "SGD_SM4_GCM"}
    back = nested.wrap(signed, key, **pair, ek_encoding="asn1")
    assert _leads_back(provider, back, client_id=client.client_id)


def test_a_client_proves_itself_in_the_forms_that_it_agreed_on(provider: Provider) -> None:
    """Assertions in DER under its own SM2 identity and name are taken from this client, and from no other."""
    agreed = {"alg": "SM2-SM3", "sig_encoding": "der", "sm2_identity": "dept-key@province.test"}
    signer = _SmartCard()
    for name, profile, status in (("dept-card", agreed, 200), ("dept-other", {}, 401)):
        client = provider.make.client(
            name,
            token_endpoint_auth_method="private_key_jwt",
            grant_types=["client_credentials"],
            scope="api:read",
            jwks={"keys": [signer.jwk]},
            jose_profile=profile,
        )
        now = int(provider.clock.timestamp())
        claims = {"iss": name, "sub": name, "aud": provider.issuer, "exp": now + 60, "jti": name}
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": jwt.encode(claims, signer, "JWT", _profile(agreed)),
        }
        assert ask(provider, "POST", "/oauth/token", body=urlencode(form).encode()).status == status, (
            client.client_id
        )


def test_in_production_the_consent_page_shows_what_will_leave(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ID number stands on the page and in the answer of an application that has it encrypted, else on neither."""
    # A whole production instance needs a device or officers; what it releases is decided by this one value.
    monkeypatch.setattr(provider.services.release, "_profile", Profile.PRODUCTION)
    recipient, person = Recipient.fresh(), provider.make.person()
    sealed = provider.make.client("dept-sealed", jwks=recipient.jwks, **SM2)
    plain = provider.make.client("dept-plain")
    for client in (sealed, plain):
        party, browser = RelyingParty(provider, client), Browser(provider)
        browser.open(party.authorize_url(scope="openid idcard")).sign_in(person)
        assert (person.id_number in browser.page) is (client is sealed)
        tokens = party.redeem(party.answer(browser.allow())["code"]).get_json()
        told = party.userinfo(tokens["access_token"]).get_data(as_text=True)
        assert person.id_number not in told
        if client is sealed:
            assert claims_of(provider, recipient.opened(told))["id_number"] == person.id_number


@pytest.mark.clause("RFC 7591", "3.2.2")
def test_a_department_that_withdrew_its_key_gets_nothing_in_the_clear(any_provider: Provider) -> None:
    """No key, no answer: the code stays good, and serves once the key is back."""
    recipient = Recipient.fresh()
    client = any_provider.make.client(jwks={"keys": [{**recipient.jwk, "use": "sig"}]}, **SM2)
    party = RelyingParty(any_provider, client)
    answer = party.answer(
        Browser(any_provider).open(party.authorize_url()).sign_in(any_provider.make.person()).allow()
    )
    refused = party.redeem(answer["code"])
    assert (refused.status_code, refused.get_json()["error"]) == (400, "invalid_client_metadata")
    assert "id_token" not in refused.get_json() and "access_token" not in refused.get_json()


def _profile(agreed: dict[str, str]) -> profiles.Profile:
    return table_for(agreed)["SGD_SM3_SM2"]


class _SmartCard:
    """A department's SM2 key that signs under the department's own identity."""

    def __init__(self) -> None:
        self._key = Sm2PrivateKey.generate()
        self.jwk = {**jwk.elliptic_jwk("SM2", self._key.public_key.raw), "kid": "card", "use": "sig"}
        self.handle = KeyHandle("card", "SGD_SM3_SM2", self.jwk)

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data)

    def sign_under(self, data: bytes, identity: bytes) -> bytes:
        return self._key.sign(data, identity)
