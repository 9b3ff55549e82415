"""Protocol errors: an OAuth error code with a description for the developer, and their form as JSON or redirect."""

from enum import StrEnum

from idp.errors import IdpError, RequestRefused
from idp.web.exchange import NO_STORE, Answer, Headers, json_answer


class OAuthCode(StrEnum):
    """Error codes of RFC 6749 §4.1.2.1, §5.2, RFC 6750 §3.1, RFC 7591 §3.2.2, RFC 9396 §5,
    RFC 8628 §3.5, RFC 9470 §3 and OpenID Connect Core §3.1.2.6."""

    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    INVALID_CLIENT_METADATA = "invalid_client_metadata"
    INVALID_GRANT = "invalid_grant"
    INVALID_SCOPE = "invalid_scope"
    INVALID_AUTHORIZATION_DETAILS = "invalid_authorization_details"
    INVALID_TOKEN = "invalid_token"  # noqa: S105 - a registered error code
    INSUFFICIENT_SCOPE = "insufficient_scope"
    INSUFFICIENT_USER_AUTHENTICATION = "insufficient_user_authentication"
    UNAUTHORIZED_CLIENT = "unauthorized_client"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    UNSUPPORTED_RESPONSE_TYPE = "unsupported_response_type"
    ACCESS_DENIED = "access_denied"
    LOGIN_REQUIRED = "login_required"
    CONSENT_REQUIRED = "consent_required"
    INTERACTION_REQUIRED = "interaction_required"
    REQUEST_NOT_SUPPORTED = "request_not_supported"
    REQUEST_URI_NOT_SUPPORTED = "request_uri_not_supported"
    REGISTRATION_NOT_SUPPORTED = "registration_not_supported"
    UNMET_AUTHENTICATION_REQUIREMENTS = "unmet_authentication_requirements"
    AUTHORIZATION_PENDING = "authorization_pending"
    SLOW_DOWN = "slow_down"
    EXPIRED_TOKEN = "expired_token"  # noqa: S105 - a registered error code
    SERVER_ERROR = "server_error"
    TEMPORARILY_UNAVAILABLE = "temporarily_unavailable"


STATUS = {
    OAuthCode.INVALID_CLIENT: 401,
    OAuthCode.INVALID_TOKEN: 401,
    OAuthCode.INSUFFICIENT_SCOPE: 403,
    OAuthCode.INSUFFICIENT_USER_AUTHENTICATION: 401,
    OAuthCode.SERVER_ERROR: 500,
    OAuthCode.TEMPORARILY_UNAVAILABLE: 503,
}


class OAuthRefused(RequestRefused):
    """A refusal with its protocol error code; `description` is for the developer and holds no value from the request."""

    def __init__(self, error: OAuthCode, description: str, detail: str = "", headers: Headers = ()) -> None:
        super().__init__(f"oauth.{error.value}", detail or description)
        self.error = error
        self.description = description
        self.headers = headers


class AuthorizationRefused(OAuthRefused):
    """A refusal at the authorization endpoint after the redirect URI was proven: it goes to the client by redirect."""


class PageRefused(IdpError):
    """A refusal at the authorization endpoint before the redirect URI was proven: a page, never a redirect.

    `application_id` is set when the client is known, so that the page can name it.
    """

    def __init__(self, code: str, description: str, client_id: str | None = None) -> None:
        super().__init__(code, description)
        self.description = description
        self.client_id = client_id


def refusal_answer(refused: OAuthRefused, request_id: str) -> Answer:
    """The JSON form (RFC 6749 §5.2). The reference leads to the log."""
    body = {"error": refused.error.value, "error_description": refused.description, "reference": request_id}
    return json_answer(body, STATUS.get(refused.error, 400), NO_STORE + refused.headers)
