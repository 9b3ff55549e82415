"""What the internal authority issues: one table of profiles (GM/T 0015 §5; CRY-11)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crypto.x509 import oids


class ProfileName(StrEnum):
    """The kinds of certificate of the internal authority."""

    ROOT = "root"
    AUTHORITY = "authority"
    OFFICER = "officer"
    NODE = "node"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True)
class Profile:
    """Key usages by asn1crypto's names, purposes dotted, days of validity; `path_length` None: not an authority."""

    key_usage: frozenset[str]
    purposes: tuple[str, ...]
    days: int
    path_length: int | None = None


_AUTHORITY: Final = frozenset({"key_cert_sign", "crl_sign"})
_SIGNATURES: Final = frozenset({"digital_signature", "non_repudiation"})

PROFILES: Final[dict[ProfileName, Profile]] = {
    ProfileName.ROOT: Profile(_AUTHORITY, (), 20 * 365, path_length=1),
    ProfileName.AUTHORITY: Profile(_AUTHORITY, (), 5 * 365, path_length=0),
    ProfileName.OFFICER: Profile(_SIGNATURES, (oids.CLIENT_AUTH, oids.DOCUMENT_SIGNING), 2 * 365),
    ProfileName.NODE: Profile(frozenset({"digital_signature"}), (oids.SERVER_AUTH, oids.CLIENT_AUTH), 398),
    ProfileName.DEPARTMENT: Profile(_SIGNATURES, (oids.CLIENT_AUTH, oids.DOCUMENT_SIGNING), 3 * 365),
}
