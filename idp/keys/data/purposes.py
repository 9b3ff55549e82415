"""The purposes of data keys: length, algorithm, and whether the key may ever change."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

SEALING: Final = "SM4-GCM"
KEYED_DIGEST: Final = "HMAC-SM3"


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose. `inherits`: an instance made before this purpose existed starts it with a copy of that key."""

    length: int
    algorithm: str
    is_rotated: bool
    inherits: str | None = None


PURPOSES: Final[Mapping[str, Purpose]] = MappingProxyType(
    {
        "seal": Purpose(16, SEALING, is_rotated=True),
        "ephemeral": Purpose(16, SEALING, is_rotated=True),
        "lookup": Purpose(32, KEYED_DIGEST, is_rotated=True),
        "pepper": Purpose(32, KEYED_DIGEST, is_rotated=True),
        # Subjects are what applications know a person by: another key would make everybody a stranger.
        "pairwise": Purpose(32, KEYED_DIGEST, is_rotated=False),
        "csrf": Purpose(32, KEYED_DIGEST, is_rotated=False),
        # Nothing tells under which key a random id or a client's secret was digested.
        "box_index": Purpose(32, KEYED_DIGEST, is_rotated=False, inherits="lookup"),
        "client_secret": Purpose(32, KEYED_DIGEST, is_rotated=False, inherits="lookup"),
    }
)
"""Sealed rows, sealed boxes, look-up digests of persons, peppers of password hashes, pairwise subjects, form tokens,
digests of box ids and of what limits count, digests of client secrets."""


def name_of(purpose: str, version: int) -> str:
    """A data key as the object of an event, and as what its wrapped bytes are bound to."""
    return f"{purpose}:{version}"
