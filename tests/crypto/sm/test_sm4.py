"""SM4 in its modes, and the block behind them."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import KeyUnusable, SealError
from crypto.sm import sm4

_VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sm4" / "modes.json").read_text())
_KEY, _IV = bytes(range(16, 32)), bytes(range(16))
_BLOCK = {name: bytes.fromhex(value) for name, value in _VECTORS["block"].items()}
_GCM = {name: bytes.fromhex(value) for name, value in _VECTORS["gcm"].items()}
_CBC = [
    {name: bytes.fromhex(value) for name, value in one.items()} for one in _VECTORS["cbc_without_padding"]
]
_CTR = [{name: bytes.fromhex(value) for name, value in one.items()} for one in _VECTORS["ctr"]]
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


@pytest.mark.clause("draft-ribose-cfrg-sm4", "A.2.2")
@pytest.mark.parametrize("vector", _CBC)
def test_cbc_gives_the_published_answer(vector: dict[str, bytes]) -> None:
    """The samples come out before the block of padding, which they do not have."""
    encrypted = sm4.cbc_encrypt(vector["key"], vector["iv"], vector["plaintext"])
    assert encrypted[:-16] == vector["ciphertext"]
    assert sm4.cbc_decrypt(vector["key"], vector["iv"], encrypted) == vector["plaintext"]


@pytest.mark.clause("draft-ribose-cfrg-sm4", "A.2.5")
@pytest.mark.parametrize("vector", _CTR)
def test_ctr_gives_the_published_answer_both_ways(vector: dict[str, bytes]) -> None:
    """The samples come out, and a message may end anywhere."""
    key, counter = vector["key"], vector["counter"]
    assert sm4.ctr(key, counter, vector["plaintext"]) == vector["ciphertext"]
    assert sm4.ctr(key, counter, vector["ciphertext"]) == vector["plaintext"]
    for size in (0, 1, 15, 17):
        assert sm4.ctr(key, counter, vector["plaintext"][:size]) == vector["ciphertext"][:size]


@given(st.binary(max_size=70))
def test_cbc_comes_back_at_every_length(plaintext: bytes) -> None:
    """Between 1 and 16 bytes of padding are added and taken away."""
    encrypted = sm4.cbc_encrypt(_KEY, _IV, plaintext)
    assert len(encrypted) == len(plaintext) // 16 * 16 + 16
    assert sm4.cbc_decrypt(_KEY, _IV, encrypted) == plaintext


@pytest.mark.parametrize(
    "padded",
    [
        b"a" * 16,
        b"a" * 15 + b"\x00",
        b"a" * 14 + b"\x01\x02",
        b"a" * 13 + b"\x03\x02\x03",
        b"a" * 15 + b"\x11",
        b"\x11" * 32,
        b"a" * 12 + b"\x00\x00\x00\x04",
        b"\x0f" + b"\x10" * 15,
    ],
    ids=["none", "zero", "one wrong", "inner wrong", "17", "17 long", "ANSI X9.23", "first wrong"],
)
def test_cbc_refuses_every_fault_of_padding_alike(padded: bytes) -> None:
    """Each byte of the padding counts, and the refusal does not tell it from a wrong length."""
    encryptor = Cipher(algorithms.SM4(_KEY), modes.CBC(_IV)).encryptor()
    with pytest.raises(SealError) as refusal:
        sm4.cbc_decrypt(_KEY, _IV, encryptor.update(padded) + encryptor.finalize())
    with pytest.raises(SealError) as other:
        sm4.cbc_decrypt(_KEY, _IV, bytes(17))
    assert str(refusal.value) == str(other.value)
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize("size", [0, 1, 15, 17, 31])
def test_cbc_refuses_what_is_not_whole_blocks(size: int) -> None:
    """Nothing, and anything cut, is refused."""
    with pytest.raises(SealError):
        sm4.cbc_decrypt(_KEY, _IV, bytes(size))


def test_cbc_and_ctr_refuse_keys_and_first_blocks_of_a_wrong_size() -> None:
    """Key and IV have 16 bytes each; a nonce of GCM is no counter block."""
    for function in (sm4.cbc_encrypt, sm4.cbc_decrypt, sm4.ctr):
        for size in (0, 15, 32):
            with pytest.raises(KeyUnusable):
                function(bytes(size), _IV, bytes(16))
        for size in (0, 12, 17):
            with pytest.raises(SealError):
                function(_KEY, bytes(size), bytes(16))
