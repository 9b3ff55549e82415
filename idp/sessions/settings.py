"""Settings of sign-in sessions."""

from pydantic import Field

from idp.settings import Section


class SessionSettings(Section):
    """Section `sessions`."""

    idle_seconds: int = Field(
        30 * 60, ge=60, le=86_400, description="A session unused for this long has ended."
    )
    absolute_seconds: int = Field(
        8 * 3600, ge=300, le=7 * 86_400, description="A session ends after this long, used or not."
    )
