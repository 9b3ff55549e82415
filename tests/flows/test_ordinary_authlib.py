"""The ordinary Authlib client, as it comes: discovery, code flow, ID token, userinfo."""

import json
from typing import Any

import pytest
from authlib.integrations.base_client.sync_openid import OpenIDMixin

from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider


class Ordinary(OpenIDMixin):
    """Authlib's own check of ID tokens, over metadata that was fetched from the provider."""

    def __init__(self, client_id: str, metadata: dict[str, Any]) -> None:
        self.client_id = client_id
        self.server_metadata = metadata

    def load_server_metadata(self) -> dict[str, Any]:
        """The metadata, as Authlib keeps it."""
        return self.server_metadata


@pytest.mark.clause("OpenID Connect Discovery 1.0", "3")
def test_authlib_checks_an_id_token_by_the_metadata_alone(provider: Provider) -> None:
    """`parse_id_token` needs nothing but the discovery document; SM2 keys in the key set do not disturb it."""
    person = provider.make.person()
    party = RelyingParty(provider, provider.make.client())
    browser = Browser(provider)
    tokens = party.tokens(browser, person)
    metadata = browser.open("/.well-known/openid-configuration").page
    found = json.loads(metadata)
    claims = Ordinary(party.client.client_id, found).parse_id_token(tokens, party.nonce)
    assert claims["iss"] == provider.issuer
    assert {key["alg"] for key in found["jwks"]["keys"]} == {"ES256"}
    assert "SGD_SM3_SM2" in browser.open("/oauth/jwks").page, "the key set itself is complete"
