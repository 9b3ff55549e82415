"""What every grant is: checks first, then the burning of what is used once, then tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from idp.audit.event import Place
from idp.audit.service import Audit
from idp.oauth.clients.resolve import Client
from idp.oauth.errors import OAuthCode, OAuthRefused
from idp.oauth.tokens.code import Codes
from idp.oauth.tokens.families import Families
from idp.oauth.tokens.issue import Issue
from idp.oauth.tokens.refresh_token import RefreshTokens
from idp.storage.engine import Sql


@dataclass(frozen=True, slots=True)
class GrantParts:
    """The collaborators that grants are made of."""

    sql: Sql
    codes: Codes
    families: Families
    refresh_tokens: RefreshTokens
    issue: Issue
    audit: Audit


@dataclass(frozen=True, slots=True)
class GrantRequest:
    """A token request after client authentication."""

    client: Client
    form: Mapping[str, str]
    place: Place

    def required(self, name: str) -> str:
        """A parameter that must be there and not empty. Raises OAuthRefused."""
        value = self.form.get(name)
        if not value:
            raise OAuthRefused(OAuthCode.INVALID_REQUEST, f"{name} is missing")
        return value


class Grant(Protocol):
    """One grant type of the token endpoint."""

    def answer(self, asked: GrantRequest) -> dict[str, object]:
        """The members of the token answer, durable when this returns. Raises OAuthRefused."""
        ...


def narrowed(asked: str | None, allowed: frozenset[str]) -> frozenset[str]:
    """The scope that was asked for, or all that is allowed. Raises OAuthRefused for anything wider (RFC 6749 §6)."""
    if asked is None:
        return allowed
    scope = frozenset(asked.split())
    if not scope or not scope <= allowed:
        raise OAuthRefused(OAuthCode.INVALID_SCOPE, "the scope is empty or wider than what was granted")
    return scope
