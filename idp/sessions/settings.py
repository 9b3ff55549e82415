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
    hardware_idle_seconds: int = Field(
        15 * 60, ge=60, le=86_400, description="Idle limit once hardware was proved (level 3)."
    )
    shared_idle_seconds: int = Field(
        5 * 60, ge=60, le=3600, description="Idle limit on a computer that others use too."
    )
    shared_absolute_seconds: int = Field(
        30 * 60, ge=300, le=8 * 3600, description="Longest session on a computer that others use too."
    )
