"""The discovery documents (OpenID Connect Discovery 1.0 §4, RFC 8414 §3): one content at two addresses."""

from collections.abc import Mapping

from idp.oauth.endpoints.prepared import prepare
from idp.web.exchange import Answer, Request


class DiscoveryEndpoint:
    """Gives the provider's metadata, made once at boot."""

    def __init__(self, metadata: Mapping[str, object]) -> None:
        self._prepared = prepare(dict(metadata))

    def answer(self, request: Request) -> Answer:
        """Answer a discovery request."""
        return self._prepared.answer(request)
