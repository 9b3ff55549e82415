"""Settings of signing in with a USB key."""

from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from crypto.x509.identity import IdentityTable
from idp.settings import Section


class UkeySettings(Section):
    """Section `ukey`."""

    anchors: Path | None = Field(
        None,
        description="PEM file of the authorities whose certificates sign in, at most 64; without it the way is off. "
        "Authorities below them stand here too where the gateway shows certificates: it shows one alone.",
    )
    identities: list[dict[str, Any]] = Field(
        [],
        description="For each authority its `issuer` (RFC 4514) and the `rules` by which its certificates name "
        "somebody: `oid`, `kind`, `encoding`, `prefixes`.",
    )

    helper_port: int = Field(
        22_470, ge=1024, le=65_535, description="Port of the helper on people's own machines."
    )

    @field_validator("identities")
    @classmethod
    def _is_a_table(cls, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        IdentityTable.from_entries(value)
        return value

    @property
    def is_configured(self) -> bool:
        """Whether the way is on."""
        return self.anchors is not None
