"""The revocation endpoint (RFC 7009): an access token by itself, a refresh token with its whole family."""

from datetime import UTC, datetime

from idp.audit.event import Place
from idp.audit.service import Audit
from idp.oauth.clients.authentication import ClientAuthentication
from idp.oauth.clients.resolve import Client
from idp.oauth.endpoints.frame import answer_client
from idp.oauth.errors import OAuthCode, OAuthRefused
from idp.oauth.events import TokenRevoked, client_actor, place_of
from idp.oauth.tokens import store
from idp.oauth.tokens.access_token import AccessToken
from idp.oauth.tokens.families import Families
from idp.oauth.tokens.inspect import Inspection
from idp.storage.engine import Db, Sql
from idp.web.exchange import NO_STORE, Answer, Request

REVOKED_BY_CLIENT = "revoked_by_client"


class RevocationEndpoint:
    """Revokes a client's own tokens. An unknown or ended token is answered like a revoked one (RFC 7009 §2.2)."""

    def __init__(
        self,
        authentication: ClientAuthentication,
        inspection: Inspection,
        families: Families,
        sql: Sql,
        audit: Audit,
    ) -> None:
        self._authentication = authentication
        self._inspection = inspection
        self._families = families
        self._sql = sql
        self._audit = audit

    def answer(self, request: Request) -> Answer:
        """Answer a revocation request; durable when this returns."""
        return answer_client(request, self._authentication, self._revoke)

    def _revoke(self, client: Client, request: Request) -> Answer:
        token = request.form.get("token")
        if not token:
            raise OAuthRefused(OAuthCode.INVALID_REQUEST, "token is missing")
        place = place_of(request)
        access = self._inspection.read_access(token)
        with self._sql.begin() as db:
            if access is not None:
                self._revoke_access(db, client, access, place)
            else:
                self._revoke_family(db, client, token, place)
        return Answer(200, NO_STORE, b"")

    def _revoke_access(self, db: Db, client: Client, token: AccessToken, place: Place) -> None:
        _must_own(client, token.client_id)
        store.add_revoked(db, token.jti, datetime.fromtimestamp(token.exp, UTC))
        self._audit.append(
            db, TokenRevoked(actor=client_actor(client.client_id), object=token.jti, place=place)
        )

    def _revoke_family(self, db: Db, client: Client, token: str, place: Place) -> None:
        held = self._inspection.find_refresh(db, token)
        if held is None:
            return
        family = held.standing.family
        _must_own(client, family.client_id)
        self._families.revoke(db, family.id, REVOKED_BY_CLIENT, client_actor(client.client_id), place)


def _must_own(client: Client, owner_id: str) -> None:
    """Refuse another client's token (RFC 7009 §2.1)."""
    if client.client_id != owner_id:
        raise OAuthRefused(OAuthCode.UNAUTHORIZED_CLIENT, "the token was not issued to this client")
