"""Settings of the registers that vouch for persons and organisations."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from idp.settings import Section


class SourceEntry(BaseModel):
    """One source: where it is asked, and the public key that its answers are signed with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(min_length=8, max_length=400)
    public_key: dict[str, Any]


class RegistriesSettings(Section):
    """Section `registries`."""

    system: str = Field("yihao", max_length=64, description="Our code at the registers, as they gave it.")
    sources: dict[str, SourceEntry] = Field(
        {},
        description="Sources by method (`population`, `bank`, `face`, `network_identity`, `window`, `kinship`, "
        "`legal_persons` …), each with `url` and `public_key` (JWK). What is not here is not offered.",
    )
    rest_seconds: int = Field(
        30, ge=1, le=600, description="How long a source that failed five times in a row is left alone."
    )
