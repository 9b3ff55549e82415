"""Settings of passwords and passkeys."""

from pydantic import Field, field_validator

from crypto.x509.attestation import one_by_one
from idp.settings import Section


class PasswordSettings(Section):
    """Section `passwords`."""

    memory_kib: int = Field(19_456, ge=7168, le=1_048_576, description="Argon2id memory in KiB.")
    time_cost: int = Field(2, ge=1, le=16, description="Argon2id passes.")
    parallel: int = Field(
        2, ge=1, le=64, description="Hashes computed at once per process; others wait two seconds at most."
    )
    breached_file: str = Field(
        "",
        description="File of breached passwords: SHA-1 in capitals and a count a line, sorted. Empty: none.",
    )


class PasskeySettings(Section):
    """Section `passkeys`."""

    roots: str = Field(
        "",
        max_length=200_000,
        description="Certificates (PEM) of makers whose attestation counts; none: none is asked for.",
    )
    listed: list[str] = Field(
        default_factory=list,
        description="AAGUIDs of devices whose attested passkeys count as hardware (level 3).",
    )
    only_listed: bool = Field(False, description="Take listed devices only.")

    @field_validator("roots")
    @classmethod
    def _are_certificates(cls, roots: str) -> str:
        if roots:
            one_by_one(roots)
        return roots
