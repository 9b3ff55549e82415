"""The token endpoint (RFC 6749 §3.2)."""

from collections.abc import Mapping

from idp.audit.event import Outcome
from idp.audit.service import Audit
from idp.oauth.clients.authentication import ClientAuthentication
from idp.oauth.clients.resolve import Client
from idp.oauth.endpoints.frame import answer_client
from idp.oauth.errors import OAuthCode, OAuthRefused
from idp.oauth.events import TokenRefused, client_actor, place_of
from idp.oauth.grants.base import Grant, GrantRequest
from idp.observe.metrics import Metrics
from idp.web.exchange import Answer, Request, json_answer


class TokenEndpoint:
    """Gives tokens by the table of grants. Unknown parameters are ignored, repeated ones refused."""

    def __init__(
        self,
        authentication: ClientAuthentication,
        grants: Mapping[str, Grant],
        audit: Audit,
        metrics: Metrics,
    ) -> None:
        self._authentication = authentication
        self._grants = grants
        self._audit = audit
        self._metrics = metrics

    def answer(self, request: Request) -> Answer:
        """Answer a token request."""
        return answer_client(request, self._authentication, self._grant)

    def _grant(self, client: Client, request: Request) -> Answer:
        name = request.form.get("grant_type", "")
        known = name if name in self._grants else "unknown"
        try:
            grant = self._chosen(name, client)
            issued = grant.answer(GrantRequest(client, request.form, place_of(request)))
            self._metrics.token(known, "issued")
            return json_answer(issued)
        except OAuthRefused as refused:
            self._metrics.token(known, refused.error.value)
            event = TokenRefused(
                actor=client_actor(client.client_id),
                object=client_actor(client.client_id),
                place=place_of(request),
                outcome=Outcome.REFUSED,
                grant=known,
                error=refused.error.value,
            )
            self._audit.note(event)
            raise

    def _chosen(self, name: str, client: Client) -> Grant:
        if not name:
            raise OAuthRefused(OAuthCode.INVALID_REQUEST, "grant_type is missing")
        grant = self._grants.get(name)
        if grant is None:
            raise OAuthRefused(OAuthCode.UNSUPPORTED_GRANT_TYPE, "the grant type is not supported")
        if name not in client.grant_types:
            raise OAuthRefused(
                OAuthCode.UNAUTHORIZED_CLIENT, "the client is not registered for this grant type"
            )
        return grant
