"""Settings of acting for another."""

from pydantic import Field

from idp.settings import Section


class ActingSettings(Section):
    """Section `acting`."""

    at_once_from_level: int = Field(
        3,
        ge=0,
        le=4,
        description="Least level of the matters of a token at which an ended delegation, or a switch to another "
        "capacity, ends it at once and not at its next refresh; 0: always, 4: only where the matter says so.",
    )
