"""What each signature algorithm means here, all of it in one value.

Hashing first or not, the identity, the signature's form and the hash behind ``at_hash`` are why signatures
fail between languages; nobody else in the house decides them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from crypto import base64url
from crypto.errors import TokenRejected
from crypto.sm.curve import DEFAULT_IDENTITY


@dataclass(frozen=True, slots=True)
class Profile:
    """One algorithm. ``crv`` is the curve its keys must have, None for RSA; ``half_hash`` is a name of
    hashlib.

    ``sig_encoding`` is ``rs64`` for r‖s of 64 bytes and ``octets`` for the algorithm's own fixed form.
    """

    alg: str
    kty: Literal["EC", "RSA", "OKP"]
    crv: str | None
    sig_encoding: Literal["rs64", "octets"]
    sm2_identity: bytes | None
    half_hash: str


PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        profile.alg: profile
        for profile in (
            Profile("ES256", "EC", "P-256", "rs64", None, "sha256"),
            Profile("RS256", "RSA", None, "octets", None, "sha256"),
            Profile("PS256", "RSA", None, "octets", None, "sha256"),
            Profile("EdDSA", "OKP", "Ed25519", "octets", None, "sha512"),
            Profile("SGD_SM3_SM2", "EC", "SM2", "rs64", DEFAULT_IDENTITY, "sm3"),
        )
    }
)


def half_hash(alg: str, value: str) -> str:
    """Give ``at_hash`` or ``c_hash`` of a value: base64url of the left half of the algorithm's hash.

    SHA-256 for ES256, RS256 and PS256, SHA-512 for EdDSA because Ed25519 hashes with it, SM3 for SGD_SM3_SM2
    (OpenID Connect Core §3.1.3.6). Raises TokenRejected("algorithm") for any other name.
    """
    profile = PROFILES.get(alg)
    if profile is None:
        raise TokenRejected("algorithm")
    whole = hashlib.new(profile.half_hash, value.encode("utf-8")).digest()
    return base64url.encode(whole[: len(whole) // 2])
