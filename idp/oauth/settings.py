"""Settings of the OAuth and OpenID Connect endpoints; all times in seconds."""

from pydantic import Field

from idp.settings import Section


class OAuthSettings(Section):
    """Section `oauth`."""

    code_seconds: int = Field(60, ge=10, le=60, description="Life of an authorization code.")
    access_token_seconds: int = Field(600, ge=60, le=3600, description="Life of an access token.")
    id_token_seconds: int = Field(600, ge=60, le=3600, description="Life of an ID token.")
    refresh_token_seconds: int = Field(
        8 * 3600, ge=300, le=90 * 86_400, description="Life of a refresh token."
    )
    offline_seconds: int = Field(
        30 * 86_400, ge=300, le=365 * 86_400, description="Life of a family with `offline_access`."
    )
    request_seconds: int = Field(
        1800, ge=300, le=7200, description="How long an authorization request waits for the person."
    )
