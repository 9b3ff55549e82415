"""What each signature algorithm means."""

import hashlib
import json
from pathlib import Path

import pytest

from crypto import base64url
from crypto.errors import ProfileUnusable, TokenRejected
from crypto.jose.profile import PROFILES, for_peer, half_hash, table_for

_VECTOR = json.loads((Path(__file__).parents[2] / "vectors" / "jose" / "sm2_jws.json").read_text())[
    "half_hash"
]


def test_half_hash_of_sm2_gives_the_known_answer() -> None:
    """at_hash under SGD_SM3_SM2 is the left half of SM3."""
    assert half_hash("SGD_SM3_SM2", _VECTOR["value"]) == _VECTOR["half"]


@pytest.mark.clause("OpenID Connect Core 1.0", "3.1.3.6")
@pytest.mark.parametrize(
    ("alg", "hash_name", "size"),
    [("ES256", "sha256", 16), ("RS256", "sha256", 16), ("PS256", "sha256", 16), ("EdDSA", "sha512", 32)],
)
def test_half_hash_uses_the_algorithms_own_hash(alg: str, hash_name: str, size: int) -> None:
    """Half of the hash that the signature itself is made with."""
    whole = hashlib.new(hash_name, b"token").digest()
    assert base64url.decode(half_hash(alg, "token")) == whole[:size]


@pytest.mark.parametrize("alg", ["none", "HS256", "ES384", "es256", ""])
def test_half_hash_of_an_unknown_algorithm_is_refused(alg: str) -> None:
    """It never quietly leaves out the claim."""
    with pytest.raises(TokenRejected) as refused:
        half_hash(alg, "token")
    assert refused.value.reason == "algorithm"


def test_the_table_of_algorithms_cannot_be_changed() -> None:
    """Five algorithms exist, none and HMAC are not among them, and nobody can add one."""
    assert set(PROFILES) == {"ES256", "RS256", "PS256", "EdDSA", "SGD_SM3_SM2"}
    with pytest.raises(TypeError):
        PROFILES["none"] = PROFILES["ES256"]  # type: ignore[index] # the attempt is the test


def test_the_defaults_are_what_the_standards_say() -> None:
    """Curve, form of signature, identity, hash, key management and cipher of SM2 and of an international algorithm."""
    sm2, es256 = PROFILES["SGD_SM3_SM2"], PROFILES["ES256"]
    assert (sm2.crv, sm2.sig_encoding, sm2.sm2_identity) == ("SM2", "rs64", b"1234567812345678")
    assert (sm2.jwe_alg, sm2.jwe_ek_encoding, sm2.enc) == ("SGD_SM2_3", "c1c3c2", "SGD_SM4_GCM")
    assert (es256.jwe_alg, es256.jwe_ek_encoding, es256.enc) == ("ECDH-ES", None, "A256GCM")
    assert all(profile.algorithm == alg == profile.alg for alg, profile in PROFILES.items())


def test_a_peer_gets_what_it_agreed_on_and_the_defaults_for_the_rest() -> None:
    """Every member of the profile object can be agreed on; nothing agreed on is the algorithm's own profile."""
    assert for_peer("SGD_SM3_SM2", {}) == PROFILES["SGD_SM3_SM2"]
    agreed = {
        "alg": "SM2-SM3",
        "crv": "sm2p256v1",
        "sig_encoding": "der",
        "sm2_identity": "",
        "half_hash": "sha256",
        "jwe_alg": "SGD_SM2_3",
        "jwe_ek_encoding": "asn1",
        "enc": "SGD_SM4_GCM",
    }
    profile = for_peer("SGD_SM3_SM2", agreed)
    assert {name: getattr(profile, name) for name in agreed} == {**agreed, "sm2_identity": b""}
    assert (profile.algorithm, profile.kty) == ("SGD_SM3_SM2", "EC")


def test_key_management_brings_its_cipher_along() -> None:
    """Whoever agrees on another key management gets what belongs to it, in both directions."""
    mixed = for_peer("ES256", {"jwe_alg": "SGD_SM2_3"})
    assert (mixed.enc, mixed.jwe_ek_encoding) == ("SGD_SM4_GCM", "c1c3c2")
    other = for_peer("SGD_SM3_SM2", {"jwe_alg": "ECDH-ES"})
    assert (other.enc, other.jwe_ek_encoding) == ("A256GCM", None)


@pytest.mark.parametrize(
    ("alg", "overrides"),
    [
        ("none", {}),
        ("HS256", {}),
        ("SM2-SM3", {}),
        ("SGD_SM3_SM2", {"alg": "ES256"}),
        ("SGD_SM3_SM2", {"alg": "none"}),
        ("SGD_SM3_SM2", {"alg": None}),
        ("SGD_SM3_SM2", {"crv": "P-256"}),
        ("SGD_SM3_SM2", {"sig_encoding": "octets"}),
        ("SGD_SM3_SM2", {"sig_encoding": ["der"]}),
        ("SGD_SM3_SM2", {"half_hash": "md5"}),
        ("SGD_SM3_SM2", {"sm2_identity": 1234567812345678}),
        ("SGD_SM3_SM2", {"sm2_identity": "一" * 43}),
        ("SGD_SM3_SM2", {"kty": "EC"}),
        ("SGD_SM3_SM2", {"Sig_Encoding": "der"}),
        ("SGD_SM3_SM2", {"jwe_ek_encoding": "c1c2c3"}),
        ("SGD_SM3_SM2", {"enc": "A256GCM"}),
        ("SGD_SM3_SM2", {"jwe_alg": "ECDH-ES", "jwe_ek_encoding": "asn1"}),
        ("SGD_SM3_SM2", {"jwe_alg": "RSA1_5"}),
        ("ES256", {"sm2_identity": "1234567812345678"}),
        ("ES256", {"crv": "SM2"}),
        ("ES256", {"half_hash": "sm3"}),
        ("ES256", {"jwe_ek_encoding": "asn1"}),
        ("RS256", {"sig_encoding": "der"}),
        ("EdDSA", {"sig_encoding": "rs64"}),
    ],
)
def test_what_makes_no_sense_is_refused(alg: str, overrides: dict[str, object]) -> None:
    """Unknown members and values, members of another algorithm, and members that contradict each other."""
    with pytest.raises(ProfileUnusable):
        for_peer(alg, overrides)


def test_a_peers_table_differs_in_the_one_algorithm() -> None:
    """SM2 unless alg says otherwise; whoever agreed on nothing gets the common table itself."""
    assert table_for({}) is PROFILES
    table = table_for({"sig_encoding": "der"})
    assert {alg for alg in PROFILES if table[alg] != PROFILES[alg]} == {"SGD_SM3_SM2"}
    table = table_for({"alg": "ES256", "sig_encoding": "der"})
    assert {alg for alg in PROFILES if table[alg] != PROFILES[alg]} == {"ES256"}
    assert table_for({"alg": "SM2-SM3"})["SGD_SM3_SM2"].alg == "SM2-SM3"
    unknown: tuple[object, ...] = ("HS256", 7, [], None)
    for named in unknown:
        with pytest.raises(ProfileUnusable):
            table_for({"alg": named})


def test_the_half_hash_follows_what_was_agreed_on() -> None:
    """A peer that halves SHA-256 under SM2 gets that."""
    table = table_for({"half_hash": "sha256"})
    assert half_hash("SGD_SM3_SM2", "token", table) == half_hash("ES256", "token")
    assert half_hash("SGD_SM3_SM2", "token") != half_hash("ES256", "token")
