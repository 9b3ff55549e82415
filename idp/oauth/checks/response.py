"""`response_type`, `response_mode`, and the parameters that this provider does not take."""

from idp.oauth.checks.draft import Draft
from idp.oauth.errors import AuthorizationRefused, OAuthCode

REFUSED_PARAMETERS = {
    "request": OAuthCode.REQUEST_NOT_SUPPORTED,
    "request_uri": OAuthCode.REQUEST_URI_NOT_SUPPORTED,
    "registration": OAuthCode.REGISTRATION_NOT_SUPPORTED,
}
MAX_STATE = 1024


def check_response(draft: Draft) -> None:
    """Only the code flow, answered in the query (RFC 9700 §2.1.2)."""
    for name, code in REFUSED_PARAMETERS.items():
        if name in draft.parameters:
            raise AuthorizationRefused(code, f"{name} is not supported")
    if draft.parameters.get("response_type") != "code":
        raise AuthorizationRefused(OAuthCode.UNSUPPORTED_RESPONSE_TYPE, "response_type must be code")
    if draft.parameters.get("response_mode", "query") != "query":
        raise AuthorizationRefused(OAuthCode.INVALID_REQUEST, "response_mode must be query")
    if "authorization_code" not in draft.known_client.grant_types:
        raise AuthorizationRefused(
            OAuthCode.UNAUTHORIZED_CLIENT, "the client is not registered for this grant"
        )


def check_state(draft: Draft) -> None:
    """`state` is returned as it came, within bounds."""
    if len(draft.parameters.get("state", "")) > MAX_STATE:
        raise AuthorizationRefused(OAuthCode.INVALID_REQUEST, f"state has more than {MAX_STATE} characters")
