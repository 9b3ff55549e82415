"""Sealing of fields at rest."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import KeyUnusable, SealError
from crypto.seal import Sealer

_OLD, _NEW = bytes(range(16)), bytes(range(16, 32))
_PLACE = ("accounts", "17", "mobile")


@pytest.fixture
def sealer() -> Sealer:
    return Sealer({1: _OLD, 2: _NEW}, 2)


@given(st.binary(max_size=200), st.lists(st.text(max_size=10), max_size=4))
@settings(max_examples=60, deadline=None)
def test_what_is_sealed_opens_in_its_place(plaintext: bytes, context: list[str]) -> None:
    """Every plaintext in every place comes back, with 31 bytes around it."""
    sealer = Sealer({0: _OLD, 65535: _NEW}, 65535)
    sealed = sealer.seal(plaintext, *context)
    assert sealed[:3] == b"\x01\xff\xff"
    assert len(sealed) == len(plaintext) + 31
    assert sealer.open(sealed, *context) == plaintext


def test_the_same_field_never_seals_the_same_way_twice(sealer: Sealer) -> None:
    """A fresh nonce each time hides that two rows hold the same value."""
    sealed = {sealer.seal(b"same", *_PLACE) for _ in range(100)}
    assert len({one[3:15] for one in sealed}) == 100
    assert not any(b"same" in one for one in sealed)


@pytest.mark.parametrize(
    "place",
    [
        ("accounts", "18", "mobile"),
        ("accounts", "17", "email"),
        ("accounts", "mobile", "17"),
        ("accounts", "17"),
        ("accounts", "17", "mobile", ""),
        ("accounts17", "", "mobile"),
        ("accounts1", "7", "mobile"),
        ("accounts17mobile",),
        (),
    ],
)
def test_bytes_moved_to_another_place_do_not_open(sealer: Sealer, place: tuple[str, ...]) -> None:
    """Another row or column, another order, and parts that only look alike when joined are refused."""
    sealed = sealer.seal(b"13800000000", *_PLACE)
    with pytest.raises(SealError):
        sealer.open(sealed, *place)


def test_every_altered_byte_is_found(sealer: Sealer) -> None:
    """Version, key id, nonce, ciphertext and tag are all under the seal."""
    sealed = sealer.seal(b"13800000000", *_PLACE)
    for position in range(len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= 1
        with pytest.raises(SealError):
            sealer.open(bytes(altered), *_PLACE)


def test_every_truncation_and_extension_is_found(sealer: Sealer) -> None:
    """Bytes missing at either end, or added, are refused, down to nothing."""
    sealed = sealer.seal(b"13800000000", *_PLACE)
    for cut in range(len(sealed)):
        for part in (sealed[:cut], sealed[len(sealed) - cut :]):
            with pytest.raises(SealError):
                sealer.open(part, *_PLACE)
    with pytest.raises(SealError):
        sealer.open(sealed + b"\x00", *_PLACE)


def test_old_keys_open_and_the_current_one_seals(sealer: Sealer) -> None:
    """After a rotation old rows open, and new ones no longer need the old key."""
    old = Sealer({1: _OLD}, 1).seal(b"value", *_PLACE)
    assert sealer.open(old, *_PLACE) == b"value"
    assert Sealer({2: _NEW}, 2).open(sealer.seal(b"value", *_PLACE), *_PLACE) == b"value"


def test_other_keys_and_key_ids_do_not_open(sealer: Sealer) -> None:
    """A key not held, another key under the same id, and the same key under another id are refused."""
    sealed = sealer.seal(b"value", *_PLACE)
    with pytest.raises(SealError):
        Sealer({1: _OLD}, 1).open(sealed, *_PLACE)
    with pytest.raises(SealError):
        Sealer({2: _OLD}, 2).open(sealed, *_PLACE)
    renamed = sealed[:1] + (3).to_bytes(2, "big") + sealed[3:]
    with pytest.raises(SealError):
        Sealer({3: _NEW}, 3).open(renamed, *_PLACE)


@pytest.mark.parametrize(
    ("keys", "current"),
    [
        ({1: _OLD}, 2),
        ({}, 0),
        ({1: _OLD[:15]}, 1),
        ({1: _OLD * 2}, 1),
        ({65536: _OLD}, 65536),
        ({-1: _OLD}, -1),
    ],
)
def test_unusable_keys_are_refused_at_once(keys: dict[int, bytes], current: int) -> None:
    """A missing current key, wrong sizes and ids beyond two bytes stop the start."""
    with pytest.raises(KeyUnusable):
        Sealer(keys, current)
