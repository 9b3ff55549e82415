"""Sealing of fields at rest."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import KeyUnusable, SealError
from crypto.ring import KeyRing
from crypto.seal import Sealer, header_of, key_id_of

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


def test_a_sealer_follows_its_ring_and_counts_every_seal() -> None:
    """The next use is under the next ring; every seal is counted under its key, and a refused one is not made."""
    rings = [KeyRing({1: _OLD}, 1), KeyRing({1: _OLD, 2: _NEW}, 2), KeyRing({2: _NEW}, 2)]
    counted: list[int] = []
    sealer = Sealer.following(lambda: rings[0], counted.append)
    first = sealer.seal(b"value", *_PLACE)
    del rings[0]
    second = sealer.seal(b"value", *_PLACE)
    assert (key_id_of(first), key_id_of(second), sealer.current) == (1, 2, 2)
    assert sealer.open(first, *_PLACE) == sealer.open(second, *_PLACE) == b"value"
    assert counted == [1, 2]
    del rings[0]
    with pytest.raises(SealError, match="not held"):
        sealer.open(first, *_PLACE)


def test_a_ring_that_cannot_seal_is_refused_when_it_comes() -> None:
    """A later ring is checked as the first one is: the use under it raises, and the next good one serves."""
    rings = [KeyRing({1: _OLD}, 1), KeyRing({1: _OLD}, 2), KeyRing({1: b"short"}, 1), KeyRing({2: _NEW}, 2)]
    sealer = Sealer.following(lambda: rings[0])
    for _ in range(2):
        del rings[0]
        with pytest.raises(KeyUnusable):
            sealer.seal(b"value", *_PLACE)
    del rings[0]
    assert key_id_of(sealer.seal(b"value", *_PLACE)) == 2


def test_the_header_tells_the_key_and_nothing_else_passes_as_sealed() -> None:
    """Everything sealed under a key begins with its header; other bytes have no key."""
    sealed = Sealer({513: _OLD}, 513).seal(b"", *_PLACE)
    assert sealed.startswith(header_of(513)) and key_id_of(sealed) == 513
    for other in (b"", sealed[:30], b"\x02" + sealed[1:]):
        with pytest.raises(SealError):
            key_id_of(other)


def test_a_ring_shows_no_key() -> None:
    """Its text, which a trace might hold, names the current version only."""
    assert repr(KeyRing({1: _OLD}, 1)) == "KeyRing(current=1)"
