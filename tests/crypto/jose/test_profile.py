"""What each signature algorithm means."""

import hashlib
import json
from pathlib import Path

import pytest

from crypto import base64url
from crypto.errors import TokenRejected
from crypto.jose.profile import PROFILES, half_hash

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
