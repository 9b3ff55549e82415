"""`authorization_details` (RFC 9396 §2)."""

from idp.oauth import details
from idp.oauth.checks.draft import Draft
from idp.oauth.errors import AuthorizationRefused, OAuthCode


def check_details(draft: Draft) -> None:
    """Every matter must be one that the client is registered for; from here on it is asked for like any scope."""
    text = draft.parameters.get("authorization_details")
    if text is None:
        return
    try:
        codes = details.parse(text)
    except details.DetailsRefused as refused:
        raise AuthorizationRefused(OAuthCode.INVALID_AUTHORIZATION_DETAILS, str(refused)) from None
    asked = details.scopes(codes)
    if not frozenset(asked) <= draft.known_client.scope:
        raise AuthorizationRefused(
            OAuthCode.INVALID_AUTHORIZATION_DETAILS,
            "authorization_details holds something the client may not ask for",
        )
    draft.details = codes
    draft.scope = tuple(dict.fromkeys((*draft.scope, *asked)))
