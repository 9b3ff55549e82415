"""The refresh token grant (RFC 6749 §6, RFC 9700 §4.14.2, OpenID Connect Core §12): one exchange, one transaction."""

from idp.oauth.errors import OAuthCode, OAuthRefused
from idp.oauth.events import TokenIssued, client_actor, person_actor
from idp.oauth.grants.base import GrantParts, GrantRequest, narrowed, narrowed_details
from idp.oauth.tokens.store import Family, Standing

NOT_VALID = "the refresh token is unknown, expired, revoked, or not this client's"


class RefreshTokenGrant:
    """Exchanges a refresh token for its successor; one that comes twice revokes its family."""

    def __init__(self, parts: GrantParts) -> None:
        self._parts = parts

    def answer(self, asked: GrantRequest) -> dict[str, object]:
        token = asked.required("refresh_token")
        parts = self._parts
        parts.issue.check_id_token(asked.client)
        with parts.sql.begin() as db:
            held = parts.refresh_tokens.find(db, token)
            if held is None or held.standing.family.client_id != asked.client.client_id:
                raise _not_valid("unknown")
            standing = parts.families.look(db, held.standing)
            family = standing.family
            successor = None
            if held.spent_at is None:
                scope = self._checked_scope(standing, asked)
                successor = parts.refresh_tokens.rotate(db, token, family)
            if successor is None:
                parts.families.revoke_replayed_refresh(db, family, asked.place)
            else:
                parts.families.keep_session(db, standing)
                tokens = parts.issue.for_person(db, asked.client, standing, scope, None)
                parts.audit.append(db, _issued(asked, family, tokens.jti, tokens.scope))
        # The revocation after a replay is committed first; then the caller is refused.
        if successor is None:
            raise _not_valid("replayed")
        return tokens.body(successor)

    def _checked_scope(self, standing: Standing, asked: GrantRequest) -> frozenset[str]:
        """What the new access token may be for; the family keeps its own scope. All checks stand before the rotation."""
        family = standing.family
        if not self._parts.families.is_usable(standing, asked.client, at_refresh=True):
            raise _not_valid("unusable")
        allowed = family.scope & asked.client.scope
        allowed = narrowed_details(asked.form.get("authorization_details"), family.details, allowed)
        return narrowed(asked.form.get("scope"), allowed)


def _issued(asked: GrantRequest, family: Family, jti: str, scope: str) -> TokenIssued:
    return TokenIssued(
        actor=client_actor(asked.client.client_id),
        object=family.id,
        place=asked.place,
        grant="refresh_token",
        jti=jti,
        scope=scope,
        person=person_actor(family.person_id),
    )


def _not_valid(detail: str) -> OAuthRefused:
    return OAuthRefused(OAuthCode.INVALID_GRANT, NOT_VALID, detail)
