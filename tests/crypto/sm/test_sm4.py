"""SM4-GCM and the block behind it."""

import json
from pathlib import Path

import pytest

from crypto.errors import KeyUnusable, SealError
from crypto.sm import sm4

_VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sm4" / "modes.json").read_text())
_BLOCK = {name: bytes.fromhex(value) for name, value in _VECTORS["block"].items()}
_GCM = {name: bytes.fromhex(value) for name, value in _VECTORS["gcm"].items()}
_SEALED = _GCM["ciphertext"] + _GCM["tag"]


@pytest.mark.clause("GM/T 0002", "A.1")
def test_one_block_gives_the_published_answer() -> None:
    """The sample of the standard comes out."""
    assert sm4.encrypt_block(_BLOCK["key"], _BLOCK["plaintext"]) == _BLOCK["ciphertext"]


@pytest.mark.clause("RFC 8998", "A.1")
def test_gcm_gives_the_published_answer_both_ways() -> None:
    """The sample of RFC 8998 seals and opens."""
    key, nonce, associated = _GCM["key"], _GCM["nonce"], _GCM["associated"]
    assert sm4.gcm_seal(key, nonce, _GCM["plaintext"], associated) == _SEALED
    assert sm4.gcm_open(key, nonce, _SEALED, associated) == _GCM["plaintext"]


@pytest.mark.parametrize(
    "position", [0, len(_GCM["ciphertext"]) - 1, len(_GCM["ciphertext"]), len(_SEALED) - 1]
)
def test_gcm_refuses_any_altered_byte(position: int) -> None:
    """A flipped bit in ciphertext or tag does not open."""
    altered = bytearray(_SEALED)
    altered[position] ^= 0x80
    with pytest.raises(SealError):
        sm4.gcm_open(_GCM["key"], _GCM["nonce"], bytes(altered), _GCM["associated"])


@pytest.mark.parametrize(
    ("nonce", "sealed", "associated"),
    [
        (_GCM["nonce"], _SEALED, b""),
        (bytes(12), _SEALED, _GCM["associated"]),
        (_GCM["nonce"], _SEALED[:-1], _GCM["associated"]),
        (_GCM["nonce"], _SEALED[:15], _GCM["associated"]),
        (_GCM["nonce"][:8], _SEALED, _GCM["associated"]),
    ],
    ids=["associated", "nonce", "cut", "shorter than a tag", "short nonce"],
)
def test_gcm_refuses_other_surroundings(nonce: bytes, sealed: bytes, associated: bytes) -> None:
    """Nothing opens but the bytes, nonce and associated data that were sealed."""
    with pytest.raises(SealError):
        sm4.gcm_open(_GCM["key"], nonce, sealed, associated)


def test_keys_and_blocks_of_a_wrong_size_are_refused() -> None:
    """A key of 15 or 32 bytes is unusable, a block of 15 bytes is no block."""
    for size in (15, 32):
        with pytest.raises(KeyUnusable):
            sm4.gcm_seal(bytes(size), bytes(12), b"", b"")
    with pytest.raises(ValueError, match="16 bytes"):
        sm4.encrypt_block(_BLOCK["key"], bytes(15))
