"""What every grant is: checks first, then the burning of what is used once, then tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from idp.audit.event import Place
from idp.audit.service import Audit
from idp.oauth import details
from idp.oauth.clients.resolve import Client
from idp.oauth.errors import OAuthCode, OAuthRefused
from idp.oauth.tokens.code import Codes
from idp.oauth.tokens.device_code import DeviceCodes
from idp.oauth.tokens.families import Families
from idp.oauth.tokens.issue import Issue
from idp.oauth.tokens.refresh_token import RefreshTokens
from idp.storage.engine import Sql


@dataclass(frozen=True, slots=True)
class GrantParts:
    """The collaborators that grants are made of."""

    sql: Sql
    codes: Codes
    devices: DeviceCodes
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


def narrowed_details(text: str | None, held: frozenset[str], scope: frozenset[str]) -> frozenset[str]:
    """The scope without the matters that a token request leaves out of its authorization details; the whole one where it
    names none. Raises OAuthRefused for anything that was not granted as a detail (RFC 9396 §6).
    """
    if text is None:
        return scope
    try:
        codes = frozenset(details.parse(text))
    except details.DetailsRefused as refused:
        raise OAuthRefused(OAuthCode.INVALID_AUTHORIZATION_DETAILS, str(refused)) from None
    if not codes <= held:
        raise OAuthRefused(
            OAuthCode.INVALID_AUTHORIZATION_DETAILS, "authorization_details holds more than was granted"
        )
    return scope - frozenset(details.scopes(held - codes))


def narrowed(asked: str | None, allowed: frozenset[str]) -> frozenset[str]:
    """The scope that was asked for, or all that is allowed. Raises OAuthRefused for anything wider (RFC 6749 §6)."""
    if asked is None:
        return allowed
    scope = frozenset(asked.split())
    if not scope or not scope <= allowed:
        raise OAuthRefused(OAuthCode.INVALID_SCOPE, "the scope is empty or wider than what was granted")
    return scope
