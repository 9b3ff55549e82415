"""How a client has its answers protected: signed, and on its wish encrypted (OpenID Connect Registration §2, RFC 9701 §6)."""

from collections.abc import Mapping
from typing import Final

from crypto.errors import ProfileUnusable
from crypto.jose.profile import ENC_OF, PROFILES, SM2, Profile, table_for
from idp.keys.keyring import ALGORITHMS

SIGNING: Final = tuple(ALGORITHMS)
ENCRYPTION_ALGS: Final = tuple(ENC_OF)
ENCRYPTION_ENCS: Final = tuple(ENC_OF.values())

SIGNED: Final = (
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "introspection_signed_response_alg",
)
ENCRYPTED: Final = (
    "id_token_encrypted_response",
    "userinfo_encrypted_response",
    "introspection_encrypted_response",
)
"""The beginning of each pair of members `…_alg` and `…_enc`."""


def check_response_protection(registered: Mapping[str, object]) -> tuple[str, ...]:
    """What cannot be of a registration, one sentence each; nothing where all of it can be done.

    `registered` has the members of a client's metadata by their names, as stored. An answer is always signed before it
    is encrypted: whoever knows a public key can encrypt to it, so encryption alone says nothing of the sender.
    """
    faults = [
        f"{name} must be one of {', '.join(SIGNING)}"
        for name in SIGNED
        if registered.get(name) is not None and registered[name] not in SIGNING
    ]
    for name in ENCRYPTED:
        faults += _pair_faults(name, registered.get(f"{name}_alg"), registered.get(f"{name}_enc"))
    encrypts = any(registered.get(f"{name}_alg") for name in ENCRYPTED)
    if registered.get("userinfo_encrypted_response_alg") and not registered.get(
        "userinfo_signed_response_alg"
    ):
        faults.append("userinfo_encrypted_response_alg needs userinfo_signed_response_alg")
    if encrypts and not registered.get("jwks") and not registered.get("jwks_uri"):
        faults.append("encrypted answers need a key with use enc in jwks or jwks_uri")
    return (*faults, *_profile_faults(registered))


def profiles_of(overrides: object) -> Mapping[str, Profile]:
    """The algorithms as a client writes them; nobody's overrides give the common table. Raises ProfileUnusable."""
    if not overrides:
        return PROFILES
    if not isinstance(overrides, Mapping):
        raise ProfileUnusable("jose_profile is an object")
    return table_for(overrides)


def enc_for(alg: str | None, enc: str | None) -> str | None:
    """The content encryption of a registration: as stated, else the one of its key management."""
    return enc if enc is not None or alg is None else ENC_OF.get(alg)


def _pair_faults(name: str, alg: object, enc: object) -> list[str]:
    if alg is None:
        return [] if enc is None else [f"{name}_enc needs {name}_alg"]
    if alg not in ENCRYPTION_ALGS:
        return [f"{name}_alg must be one of {', '.join(ENCRYPTION_ALGS)}"]
    if enc is not None and enc != ENC_OF[str(alg)]:
        return [f"{name}_enc must be {ENC_OF[str(alg)]} with {alg}"]
    return []


def _profile_faults(registered: Mapping[str, object]) -> list[str]:
    try:
        sm2 = profiles_of(registered.get("jose_profile"))[SM2]
    except ProfileUnusable as error:
        return [f"jose_profile: {error}"]
    signs_by_sm2 = any(registered.get(name) == SM2 for name in SIGNED)
    if signs_by_sm2 and sm2.sm2_identity != PROFILES[SM2].sm2_identity:
        return ["jose_profile: answers are signed under the default sm2_identity only"]
    return []
