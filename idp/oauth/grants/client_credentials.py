"""The client credentials grant (RFC 6749 §4.4): a client about itself, one durable write."""

from idp.claims.catalogue import SCOPES
from idp.matters.service import SCOPE_PREFIX
from idp.oauth.errors import OAuthCode, OAuthRefused
from idp.oauth.events import TokenIssued, client_actor
from idp.oauth.grants.base import GrantParts, GrantRequest, narrowed


class ClientCredentialsGrant:
    """Issues an access token to a confidential client; never a refresh token (RFC 6749 §4.4.3)."""

    def __init__(self, parts: GrantParts) -> None:
        self._parts = parts

    def answer(self, asked: GrantRequest) -> dict[str, object]:
        client = asked.client
        if client.is_public:
            raise OAuthRefused(OAuthCode.UNAUTHORIZED_CLIENT, "a public client has no credentials")
        # What only a person can grant, a client cannot grant itself.
        own = frozenset(scope for scope in client.scope - SCOPES if not scope.startswith(SCOPE_PREFIX))
        if "authorization_details" in asked.form:
            raise OAuthRefused(OAuthCode.INVALID_AUTHORIZATION_DETAILS, "a matter is for a person to grant")
        scope = narrowed(asked.form.get("scope"), own)
        tokens = self._parts.issue.for_client(client, scope)
        actor = client_actor(client.client_id)
        self._parts.audit.note(
            TokenIssued(
                actor=actor,
                object=actor,
                place=asked.place,
                grant="client_credentials",
                jti=tokens.jti,
                scope=tokens.scope,
                person=None,
            )
        )
        return tokens.body(None)
