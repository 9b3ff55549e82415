"""How a peer speaks JOSE, all of it in one value: names, encodings, identity, hash, key management, cipher.

Hashing first or not, the identity, the form of signatures and ciphertexts and the hash behind ``at_hash`` are
why national cryptography fails between languages; nobody else in the house decides them. ``PROFILES`` is what
everybody gets who has agreed on nothing else; ``for_peer`` reads what one peer has agreed on.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal, cast

from crypto import base64url
from crypto.errors import ProfileUnusable, TokenRejected
from crypto.sm.curve import DEFAULT_IDENTITY

SignatureEncoding = Literal["rs64", "der", "octets"]
CiphertextEncoding = Literal["c1c3c2", "asn1"]

SM2: Final = "SGD_SM3_SM2"
SM2_CRV: Final = "SM2"
SM2_CRVS: Final = frozenset({SM2_CRV, "SM2-P-256", "sm2p256v1"})
"""Names of the SM2 curve that are read everywhere; the first is the one that is written unless agreed otherwise."""
ALG_ALIASES: Final[Mapping[str, str]] = MappingProxyType({"SM2-SM3": SM2})
"""Names seen in the wild for algorithms of ours: only a peer's own profile makes one valid."""

ENC_OF: Final[Mapping[str, str]] = MappingProxyType({"SGD_SM2_3": "SGD_SM4_GCM", "ECDH-ES": "A256GCM"})
"""Key management algorithms of JWE, each with its one content encryption."""

_MAX_IDENTITY = 128


@dataclass(frozen=True, slots=True)
class Profile:
    """One algorithm as one peer writes it.

    ``alg`` is the name in the header; ``crv`` the curve of its keys, None for RSA; ``sig_encoding`` is ``rs64`` for
    r‖s of 64 bytes, ``der`` for SEQUENCE{r, s}, ``octets`` for the algorithm's own fixed form; ``sm2_identity`` goes
    into Z; ``half_hash`` is a name of hashlib. ``jwe_alg`` and ``enc`` are what is encrypted to the peer with, and
    ``jwe_ek_encoding`` the form of the SM2 ciphertext in it, None where there is none.
    """

    alg: str
    kty: Literal["EC", "RSA", "OKP"]
    crv: str | None
    sig_encoding: SignatureEncoding
    sm2_identity: bytes | None
    half_hash: str
    jwe_alg: str = "ECDH-ES"
    jwe_ek_encoding: CiphertextEncoding | None = None
    enc: str = "A256GCM"

    @property
    def algorithm(self) -> str:
        """The algorithm itself, whatever the peer calls it."""
        return ALG_ALIASES.get(self.alg, self.alg)


PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        profile.alg: profile
        for profile in (
            Profile("ES256", "EC", "P-256", "rs64", None, "sha256"),
            Profile("RS256", "RSA", None, "octets", None, "sha256"),
            Profile("PS256", "RSA", None, "octets", None, "sha256"),
            Profile("EdDSA", "OKP", "Ed25519", "octets", None, "sha512"),
            Profile(
                SM2, "EC", SM2_CRV, "rs64", DEFAULT_IDENTITY, "sm3", "SGD_SM2_3", "c1c3c2", "SGD_SM4_GCM"
            ),
        )
    }
)

# What a peer may agree on, by algorithm; members for all algorithms are added below.
_CHOICES: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "ES256": {"sig_encoding": frozenset({"rs64", "der"})},
    SM2: {
        "crv": SM2_CRVS,
        "sig_encoding": frozenset({"rs64", "der"}),
        "half_hash": frozenset({"sm3", "sha256"}),
    },
}
_JWE_CHOICES: Final[Mapping[str, frozenset[str]]] = {
    "jwe_alg": frozenset(ENC_OF),
    "jwe_ek_encoding": frozenset({"c1c3c2", "asn1"}),
    "enc": frozenset(ENC_OF.values()),
}


def for_peer(alg: str, overrides: Mapping[str, object]) -> Profile:
    """Give the profile of a peer: the algorithm's own, with the members that were agreed on instead.

    ``overrides`` may have alg (an alias of the algorithm), crv, sig_encoding, sm2_identity (text), half_hash,
    jwe_alg, jwe_ek_encoding and enc. Raises ProfileUnusable for an unknown algorithm or member, a value that the
    algorithm does not have, and members that contradict each other.
    """
    base = PROFILES.get(alg)
    if base is None:
        raise ProfileUnusable("there is no such algorithm")
    choices = {**_CHOICES.get(alg, {}), **_JWE_CHOICES}
    changes: dict[str, object] = {}
    for name, value in overrides.items():
        if name == "alg":
            changes[name] = _name(alg, value)
        elif name == "sm2_identity" and alg == SM2:
            changes[name] = _identity(value)
        elif isinstance(value, str) and value in choices.get(name, ()):
            changes[name] = value
        else:
            raise ProfileUnusable("the profile has a member or value that this algorithm does not know")
    return _agreed(base, changes)


def table_for(overrides: Mapping[str, object]) -> Mapping[str, Profile]:
    """Give all algorithms as one peer writes them: ``PROFILES``, but for the one algorithm that was agreed on.

    That is the one of ``alg``, and SM2 where alg is not there. Raises ProfileUnusable as ``for_peer`` does.
    """
    if not overrides:
        return PROFILES
    named = str(overrides.get("alg", SM2))
    alg = ALG_ALIASES.get(named, named)
    return MappingProxyType({**PROFILES, alg: for_peer(alg, overrides)})


def half_hash(alg: str, value: str, profiles: Mapping[str, Profile] = PROFILES) -> str:
    """Give ``at_hash`` or ``c_hash`` of a value: base64url of the left half of the algorithm's hash.

    SHA-256 for ES256, RS256 and PS256, SHA-512 for EdDSA because Ed25519 hashes with it, SM3 for SGD_SM3_SM2
    (OpenID Connect Core §3.1.3.6). Raises TokenRejected("algorithm") for any other name.
    """
    profile = profiles.get(alg)
    if profile is None:
        raise TokenRejected("algorithm")
    whole = hashlib.new(profile.half_hash, value.encode("utf-8")).digest()
    return base64url.encode(whole[: len(whole) // 2])


def _name(alg: str, value: object) -> str:
    if not isinstance(value, str) or ALG_ALIASES.get(value, value) != alg:
        raise ProfileUnusable("the profile's alg is no name of this algorithm")
    return value


def _identity(value: object) -> bytes:
    if not isinstance(value, str) or len(value.encode()) > _MAX_IDENTITY:
        raise ProfileUnusable("the profile's SM2 identity is text of at most 128 bytes")
    return value.encode()


def _agreed(base: Profile, changes: dict[str, object]) -> Profile:
    """The profile with its changes, where what belongs together is changed together."""
    jwe_alg = cast("str", changes.get("jwe_alg", base.jwe_alg))
    changes.setdefault("enc", ENC_OF[jwe_alg])
    changes.setdefault("jwe_ek_encoding", "c1c3c2" if jwe_alg == "SGD_SM2_3" else None)
    if changes["enc"] != ENC_OF[jwe_alg]:
        raise ProfileUnusable("the profile's enc is not the one of its jwe_alg")
    if (changes["jwe_ek_encoding"] is None) != (jwe_alg != "SGD_SM2_3"):
        raise ProfileUnusable("only an SM2 ciphertext has an encoding")
    return replace(base, **changes)  # type: ignore[arg-type] # each value was checked by its name
