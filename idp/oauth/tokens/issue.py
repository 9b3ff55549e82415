"""Puts the tokens of one answer together."""

from dataclasses import dataclass

from idp.claims.log import ReleaseLog
from idp.claims.release import Release
from idp.claims.store import Released
from idp.claims.subject import Subjects
from idp.matters.service import codes_of
from idp.oauth.clients.resolve import Client
from idp.oauth.details import objects
from idp.oauth.tokens.access_token import AccessTokens
from idp.oauth.tokens.acting import claims_about, subject_of
from idp.oauth.tokens.id_token import IdTokens
from idp.oauth.tokens.store import Standing
from idp.storage.engine import Db

OPENID = "openid"
ORGANISATION = "org"
"""The one claim of the catalogue that tokens hold themselves."""


@dataclass(frozen=True, slots=True)
class TokenSet:
    """The tokens of one answer. `jti` names the access token in the audit log."""

    access_token: str
    jti: str
    expires_in: int
    scope: str
    id_token: str | None = None
    details: frozenset[str] = frozenset()

    def body(self, refresh_token: str | None) -> dict[str, object]:
        """The answer of RFC 6749 §5.1, OpenID Connect Core §3.1.3.3 and RFC 9396 §7."""
        body: dict[str, object] = {
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "scope": self.scope,
        }
        if refresh_token is not None:
            body["refresh_token"] = refresh_token
        if self.id_token is not None:
            body["id_token"] = self.id_token
        if self.details:
            body["authorization_details"] = objects(self.details)
        return body


class Issue:
    """Issues access and ID tokens that belong together."""

    def __init__(
        self,
        access_tokens: AccessTokens,
        id_tokens: IdTokens,
        subjects: Subjects,
        release: Release,
        log: ReleaseLog,
    ) -> None:
        self._release = release
        self._log = log
        self._access_tokens = access_tokens
        self._id_tokens = id_tokens
        self._subjects = subjects

    def check_id_token(self, client: Client) -> None:
        """See to it that this client can be given ID tokens, before anything is burned for one. Raises OAuthRefused."""
        self._id_tokens.check(client)

    def for_person(
        self, db: Db, client: Client, standing: Standing, scope: frozenset[str], nonce: str | None
    ) -> TokenSet:
        """Tokens for the person of a family for `scope`, with an ID token where `openid` is in it: about that person, or
        about the one acted for.
        """
        family, acting = standing.family, standing.acting
        sub = self._subjects.pairwise(subject_of(family.person_id, acting), client.sector_identifier)
        told = self._release.offered(client.application.id, scope)
        about = claims_about(self._subjects, client, family.person_id, acting, told)
        details = family.details & codes_of(scope)
        named = {"authorization_details": objects(details)} if details else {}
        access = self._access_tokens.for_person(client, family, sub, scope, {**about, **named})
        id_token = (
            self._id_tokens.issue(client, family, sub, access.token, nonce, about)
            if OPENID in scope
            else None
        )
        if ORGANISATION in about and acting is not None:
            released = Released(
                family.person_id, acting.organisation_id, client.client_id, family.id, (ORGANISATION,)
            )
            self._log.note_within(db, released)
        return TokenSet(
            access.token, access.jti, access.expires_in, " ".join(sorted(scope)), id_token, details
        )

    def for_client(self, client: Client, scope: frozenset[str]) -> TokenSet:
        """A token of a client about itself (RFC 6749 §4.4)."""
        access = self._access_tokens.for_client(client, scope)
        return TokenSet(access.token, access.jti, access.expires_in, " ".join(sorted(scope)))
