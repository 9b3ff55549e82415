"""The key set (RFC 7517 §5): every public key that verifies tokens of ours."""

from idp.keys.keyring import Keyring
from idp.oauth.endpoints.prepared import PreparedByRing
from idp.web.exchange import Answer, Request


class JwksEndpoint:
    """Gives the keys of the present ring."""

    def __init__(self, keyring: Keyring) -> None:
        self._prepared = PreparedByRing(lambda ring: ring.jwks, keyring)

    def answer(self, request: Request) -> Answer:
        """Answer a request for the key set."""
        return self._prepared.answer(request)
