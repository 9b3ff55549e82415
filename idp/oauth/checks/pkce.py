"""PKCE: required of every client, S256 only (RFC 7636 §4.3, RFC 9700 §2.1.1)."""

import re

from idp.oauth.checks.draft import Draft
from idp.oauth.errors import AuthorizationRefused, OAuthCode

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def check_pkce(draft: Draft) -> None:
    """A challenge of 43 base64url characters, with its method named."""
    challenge = draft.parameters.get("code_challenge", "")
    if draft.parameters.get("code_challenge_method") != "S256":
        raise AuthorizationRefused(OAuthCode.INVALID_REQUEST, "code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(challenge):
        raise AuthorizationRefused(
            OAuthCode.INVALID_REQUEST, "code_challenge must be 43 base64url characters"
        )
    draft.code_challenge = challenge
