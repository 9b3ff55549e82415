"""`scope` and `nonce`."""

from idp.oauth.checks.draft import Draft
from idp.oauth.errors import AuthorizationRefused, OAuthCode

MAX_NONCE = 256


def check_scope(draft: Draft) -> None:
    """Every scope must be the client's own; `openid` is always among them (OpenID Connect Core §3.1.2.1)."""
    asked = draft.parameters.get("scope", "").split(" ")
    wanted = tuple(dict.fromkeys(scope for scope in asked if scope))
    if "openid" not in wanted:
        raise AuthorizationRefused(OAuthCode.INVALID_SCOPE, "scope must contain openid")
    if not frozenset(wanted) <= draft.known_client.scope:
        raise AuthorizationRefused(
            OAuthCode.INVALID_SCOPE, "scope holds something the client may not ask for"
        )
    if "offline_access" in wanted and "refresh_token" not in draft.known_client.grant_types:
        raise AuthorizationRefused(OAuthCode.INVALID_SCOPE, "offline_access needs the refresh_token grant")
    draft.scope = wanted


def check_nonce(draft: Draft) -> None:
    """`nonce` is kept for the ID token, within bounds."""
    nonce = draft.parameters.get("nonce")
    if nonce is not None and len(nonce) > MAX_NONCE:
        raise AuthorizationRefused(OAuthCode.INVALID_REQUEST, f"nonce has more than {MAX_NONCE} characters")
    draft.nonce = nonce or None
