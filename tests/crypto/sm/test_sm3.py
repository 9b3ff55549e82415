"""SM3 and what is built on it."""

import json
from pathlib import Path

import pytest

from crypto.sm import sm3

_VECTORS = Path(__file__).parents[2] / "vectors" / "sm3"
_DIGESTS = json.loads((_VECTORS / "digest.json").read_text())
_KEYED = json.loads((_VECTORS / "keyed.json").read_text())


@pytest.mark.clause("GM/T 0004", "A")
@pytest.mark.parametrize("vector", _DIGESTS)
def test_digest_gives_the_published_answers(vector: dict[str, str]) -> None:
    """Both samples of the standard come out."""
    assert sm3.digest(bytes.fromhex(vector["data"])).hex() == vector["digest"]


def test_hmac_gives_the_known_answer() -> None:
    """HMAC-SM3 agrees with the independent reference."""
    vector = _KEYED["hmac"]
    assert sm3.hmac_sm3(bytes.fromhex(vector["key"]), bytes.fromhex(vector["data"])).hex() == vector["mac"]


def test_pbkdf2_gives_the_known_answer() -> None:
    """PBKDF2-HMAC-SM3 agrees with the independent reference."""
    vector = _KEYED["pbkdf2"]
    key = sm3.pbkdf2_sm3(
        vector["password"].encode(), vector["salt"].encode(), vector["iterations"], vector["length"]
    )
    assert key.hex() == vector["key"]


@pytest.mark.clause("GM/T 0003.4", "5.4.3")
def test_kdf_counts_blocks_from_one_and_cuts_the_last() -> None:
    """The derived bytes are SM3(z‖1)‖SM3(z‖2)… cut to the length asked for."""
    stream = sm3.digest(b"z\x00\x00\x00\x01") + sm3.digest(b"z\x00\x00\x00\x02")
    assert [sm3.kdf(b"z", length) for length in (0, 1, 32, 33, 64)] == [
        stream[:length] for length in (0, 1, 32, 33, 64)
    ]


def test_kdf_refuses_lengths_out_of_range() -> None:
    """A negative length and one beyond the counter are refused before any work."""
    for length in (-33, 2**37):
        with pytest.raises(ValueError, match="out of range"):
            sm3.kdf(b"z", length)
