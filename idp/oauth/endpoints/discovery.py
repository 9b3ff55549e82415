"""The discovery documents (OpenID Connect Discovery 1.0 §4, RFC 8414 §3): one content at two addresses."""

from collections.abc import Callable, Mapping

from idp.keys.keyring import Keyring, Ring
from idp.oauth.endpoints.prepared import PreparedByRing
from idp.web.exchange import Answer, Request


class DiscoveryEndpoint:
    """Gives the provider's metadata, prepared once per key ring. `metadata` builds it from the ring."""

    def __init__(self, metadata: Callable[[Ring], Mapping[str, object]], keyring: Keyring) -> None:
        self._prepared = PreparedByRing(metadata, keyring)

    def answer(self, request: Request) -> Answer:
        """Answer a discovery request."""
        return self._prepared.answer(request)
