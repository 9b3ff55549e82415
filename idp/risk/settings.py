"""Settings of the weighing of risk."""

from typing import Self

from pydantic import Field, model_validator

from idp.settings import Section


class RiskSettings(Section):
    """Section `risk`. A weight of 0 leaves a signal out; the weights of all that are seen are added up."""

    new_device: int = Field(20, ge=0, le=1000, description="Weight: a device that this person never used.")
    new_network: int = Field(15, ge=0, le=1000, description="Weight: a network that this person never used.")
    travel: int = Field(50, ge=0, le=1000, description="Weight: a place that nobody reaches in that time.")
    often: int = Field(30, ge=0, le=1000, description="Weight: very many sign-ins of this person lately.")
    stuffing: int = Field(40, ge=0, le=1000, description="Weight: many people's proofs failed from there.")
    changed_means: int = Field(25, ge=0, le=1000, description="Weight: a way to sign in changed lately.")
    raise_at: int = Field(40, ge=1, le=10_000, description="From this sum on a second step is asked for.")
    slow_at: int = Field(90, ge=1, le=10_000, description="From this sum on a pause comes first, too.")
    refuse_at: int = Field(120, ge=1, le=10_000, description="From this sum on the sign-in is refused.")
    slow_seconds: int = Field(60, ge=5, le=3600, description="How long the pause is.")
    often_allowed: int = Field(10, ge=1, le=1000, description="Sign-ins of a person in ten minutes.")
    stuffing_allowed: int = Field(
        20, ge=1, le=10_000, description="Different identifiers that failed from one address in an hour."
    )
    changed_hours: int = Field(72, ge=1, le=720, description="How long a changed way counts as new.")
    fastest_km_per_hour: int = Field(1000, ge=100, le=10_000, description="What counts as reachable.")
    nearest_km: int = Field(300, ge=10, le=20_000, description="Distances below tell nothing.")
    regions_file: str = Field(
        "",
        description="CSV of networks: network,region,latitude,longitude, without overlaps. Empty: no places.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.raise_at <= self.slow_at <= self.refuse_at:
            raise ValueError("raise_at, slow_at and refuse_at must rise")
        return self
