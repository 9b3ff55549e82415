"""Settings of organisations."""

from pydantic import Field

from idp.settings import Section


class OrganisationSettings(Section):
    """Section `organisations`."""

    check_hours: int = Field(
        24,
        ge=1,
        le=720,
        description="Hours after which the legal-person register is asked again about an organisation.",
    )
