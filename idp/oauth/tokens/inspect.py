"""What a presented token is, now: an access or refresh token of ours, and whether it may still be used."""

from dataclasses import dataclass

from crypto.errors import TokenRejected
from idp.delegations.capacities import ActingFor
from idp.oauth.clients.resolve import Client, ClientResolver, is_usable
from idp.oauth.tokens import store
from idp.oauth.tokens.access_token import AccessToken, AccessTokens
from idp.oauth.tokens.families import Families
from idp.oauth.tokens.refresh_token import RefreshTokens
from idp.oauth.tokens.store import Family, HeldRefresh
from idp.storage.engine import Db


@dataclass(frozen=True, slots=True)
class ActiveAccess:
    """An access token that may be used; `family` is None where no person is behind it, `acting` where that person acts as
    himself.
    """

    token: AccessToken
    client: Client
    family: Family | None
    acting: ActingFor | None = None


class Inspection:
    """Reads tokens for introspection, userinfo and revocation."""

    def __init__(
        self,
        clients: ClientResolver,
        access_tokens: AccessTokens,
        refresh_tokens: RefreshTokens,
        families: Families,
    ) -> None:
        self._clients = clients
        self._access_tokens = access_tokens
        self._refresh_tokens = refresh_tokens
        self._families = families

    def read_access(self, token: str) -> AccessToken | None:
        """A genuine, unexpired access token of ours, revoked or not; else None. Asks no store."""
        # A refresh token has no dot: it is not worth a look at its parts.
        if "." not in token:
            return None
        try:
            return self._access_tokens.read(token)
        except TokenRejected:
            return None

    def find_active_access(self, db: Db, token: AccessToken) -> ActiveAccess | None:
        """The access token if it may be used now; one query."""
        client = self._clients.find(token.client_id)
        if client is None:
            return None
        if token.family_id is None:
            is_active = is_usable(client) and not store.is_revoked_alone(db, token.jti)
            return ActiveAccess(token, client, None) if is_active else None
        found = store.find_standing(db, token.family_id, token.jti)
        standing = None if found is None else self._families.look(db, found)
        if standing is None or not self._families.is_usable(standing, client):
            return None
        return ActiveAccess(token, client, standing.family, standing.acting)

    def find_refresh(self, db: Db, token: str) -> HeldRefresh | None:
        """A refresh token as stored, active or not; one query."""
        return self._refresh_tokens.find(db, token)

    def find_active_refresh(self, db: Db, token: str) -> HeldRefresh | None:
        """The refresh token if it could be exchanged now; one query."""
        held = self._refresh_tokens.find(db, token)
        client = None if held is None else self._clients.find(held.standing.family.client_id)
        if held is None or client is None or held.spent_at is not None:
            return None
        standing = self._families.look(db, held.standing)
        return held if self._families.is_usable(standing, client, at_refresh=True) else None
