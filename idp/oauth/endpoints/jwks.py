"""The key set (RFC 7517 §5): every public key that verifies tokens of ours."""

from idp.keys.keyring import Keyring, Ring
from idp.oauth.endpoints.prepared import Prepared, prepare
from idp.web.exchange import Answer, Request


class JwksEndpoint:
    """Gives the keys of the present ring, prepared once per ring."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._held: tuple[Ring, Prepared] | None = None

    def answer(self, request: Request) -> Answer:
        """Answer a request for the key set."""
        ring = self._keyring.ring()
        held = self._held
        if held is None or held[0] is not ring:
            held = self._held = (ring, prepare(dict(ring.jwks)))
        return held[1].answer(request)
