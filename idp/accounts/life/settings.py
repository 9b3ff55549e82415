"""Settings of accounts."""

from pydantic import Field

from idp.settings import Section


class AccountSettings(Section):
    """Section `accounts`."""

    cooling_off_days: int = Field(
        15,
        ge=1,
        le=60,
        description="Days between the wish to close an account and its closing; a sign-in takes it back.",
    )
    mobile_days: int = Field(
        365,
        ge=30,
        description="Days after which a mobile number that nobody proved since counts as unproved.",
    )
