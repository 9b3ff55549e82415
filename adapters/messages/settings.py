"""Settings of text messages."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from idp.settings import Section


class GatewayEntry(BaseModel):
    """One gateway: where it takes messages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=32)
    url: str = Field(min_length=8, max_length=400)


class SmsSettings(Section):
    """Section `sms`."""

    system: str = Field("yihao", max_length=64, description="Our code at the gateways, as they gave it.")
    gateways: list[dict[str, Any]] = Field(
        [],
        description="Gateways by `name` and `url`, asked in this order: the next one takes over where one is down.",
    )

    @property
    def entries(self) -> list[GatewayEntry]:
        """The gateways, checked."""
        return [GatewayEntry.model_validate(each) for each in self.gateways]
