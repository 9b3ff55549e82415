"""The authorization code grant (RFC 6749 §4.1.3, RFC 7636 §4.5, OpenID Connect Core §3.1.3)."""

from time import sleep

from crypto.tokens import digest
from idp.oauth.clients.resolve import Client
from idp.oauth.errors import OAuthCode, OAuthRefused
from idp.oauth.events import TokenIssued, client_actor, person_actor
from idp.oauth.grants.base import GrantParts, GrantRequest, narrowed_details
from idp.oauth.grants.pkce import is_proven
from idp.oauth.tokens.code import CodeGrant

REFRESH = "refresh_token"
PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.4)
"""Seconds between looks for the winner's family, about three in all."""
NOT_VALID = "the code is unknown, expired, used, or not this client's"


class AuthorizationCodeGrant:
    """Redeems a code, once. A request that fails a check burns nothing; a second redemption revokes the first one's tokens."""

    def __init__(self, parts: GrantParts) -> None:
        self._parts = parts

    def answer(self, asked: GrantRequest) -> dict[str, object]:
        code = asked.required("code")
        redirect_uri = asked.required("redirect_uri")
        verifier = asked.required("code_verifier")
        held = self._parts.codes.find(code)
        if held is None:
            raise _not_valid("unknown")
        _check(held.value, asked.client, redirect_uri, verifier)
        held_details = frozenset(held.value.details.split())
        scope = frozenset(held.value.scope.split())
        scope = narrowed_details(asked.form.get("authorization_details"), held_details, scope)
        self._parts.issue.check_id_token(asked.client)
        if held.value.spent or not self._parts.codes.spend(held):
            self._revoke(held.value, code, asked)
            raise _not_valid("replayed")
        return self.redeem(held.value, code, asked, scope)

    def redeem(
        self, grant: CodeGrant, code: str, asked: GrantRequest, scope: frozenset[str]
    ) -> dict[str, object]:
        """Tokens for a code that this caller has just spent, at the latest check of what it stands for."""
        parts, client = self._parts, asked.client
        with parts.sql.begin() as db:
            standing = parts.families.found(db, grant, digest(code), client)
            if standing is None:
                raise _not_valid("family")
            family = standing.family
            tokens = parts.issue.for_person(db, client, standing, scope, grant.nonce)
            refresh_token = parts.refresh_tokens.issue(db, family) if REFRESH in client.grant_types else None
            issued = TokenIssued(
                actor=client_actor(client.client_id),
                object=family.id,
                place=asked.place,
                grant=asked.required("grant_type"),
                jti=tokens.jti,
                scope=tokens.scope,
                person=person_actor(family.person_id),
            )
            parts.audit.append(db, issued)
        return tokens.body(refresh_token)

    def _revoke(self, grant: CodeGrant, code: str, asked: GrantRequest) -> None:
        self._let_the_first_finish(grant)
        with self._parts.sql.begin() as db:
            self._parts.families.revoke_replayed_code(db, grant, digest(code), asked.place)

    def _let_the_first_finish(self, grant: CodeGrant) -> None:
        """Wait a moment for the redemption that won: it succeeds, and what it got is revoked.

        A winner that has not written after three seconds has died or stalled; its family is barred instead.
        """
        for pause in PAUSES:
            with self._parts.sql.once() as db:
                if self._parts.families.is_founded(db, grant):
                    return
            sleep(pause)


def _check(grant: CodeGrant, client: Client, redirect_uri: str, verifier: str) -> None:
    """All that must hold before a code is burned (RFC 6749 §4.1.3, RFC 7636 §4.6)."""
    if grant.client_id != client.client_id:
        raise _not_valid("client")
    if redirect_uri != grant.redirect_uri:
        raise OAuthRefused(OAuthCode.INVALID_GRANT, "redirect_uri is not that of the authorization request")
    if not is_proven(verifier, grant.code_challenge):
        raise OAuthRefused(OAuthCode.INVALID_GRANT, "code_verifier does not answer the code_challenge")


def _not_valid(detail: str) -> OAuthRefused:
    return OAuthRefused(OAuthCode.INVALID_GRANT, NOT_VALID, detail)
