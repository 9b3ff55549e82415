"""Keyed digests for searching sealed values."""

import json
from pathlib import Path

import pytest

from crypto.errors import KeyUnusable
from crypto.lookup import Lookup
from crypto.ring import KeyRing

_VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "sm3" / "keyed.json").read_text())[
    "blind_index"
]
_KEY = bytes.fromhex(_VECTOR["key"])


def test_digest_gives_the_known_answer() -> None:
    """The form of china.md §6.6 comes out."""
    assert Lookup(_KEY).digest(_VECTOR["kind"], _VECTOR["value"]).hex() == _VECTOR["digest"]


def test_digest_depends_on_key_kind_and_value() -> None:
    """The same value of another kind, or under another key, is found elsewhere."""
    found = {
        Lookup(_KEY).digest("111", "1"),
        Lookup(_KEY).digest("414", "1"),
        Lookup(_KEY).digest("111", "2"),
        Lookup(_KEY[::-1]).digest("111", "1"),
    }
    assert len(found) == 4


def test_a_kind_cannot_run_into_its_value() -> None:
    """A vertical bar in the kind would let two pairs meet, so it is refused; in the value it is harmless."""
    with pytest.raises(ValueError, match="vertical bar"):
        Lookup(_KEY).digest("a|b", "c")
    assert Lookup(_KEY).digest("a", "b|c") != Lookup(_KEY).digest("a", "b")


def test_short_keys_are_unusable() -> None:
    """Fifteen bytes are too few, sixteen are enough."""
    with pytest.raises(KeyUnusable):
        Lookup(bytes(15))
    assert len(Lookup(bytes(16)).digest("a", "b")) == 32


def test_a_lookup_writes_under_every_version_and_reads_under_the_current() -> None:
    """While a key is rotated a value has a digest of each version; the one it is found by comes with its version."""
    rings = [
        KeyRing({1: _KEY}, 1),
        KeyRing({1: _KEY, 2: _KEY[::-1]}, 1),
        KeyRing({1: _KEY, 2: _KEY[::-1]}, 2),
    ]
    counted: list[int] = []
    lookup = Lookup.following(lambda: rings[0], counted.append)
    one, two = Lookup(_KEY).digest("111", "1"), Lookup(_KEY[::-1]).digest("111", "1")
    assert lookup.digests("111", "1") == {1: one}
    del rings[0]
    assert lookup.digests("111", "1") == {1: one, 2: two}
    assert lookup.current_digest("111", "1") == (1, one)
    del rings[0]
    assert (lookup.current, lookup.digest("111", "1")) == (2, two)
    assert counted == [1, 1, 2, 1, 2]


@pytest.mark.parametrize("ring", [KeyRing({1: _KEY}, 2), KeyRing({1: _KEY, 2: b"short"}, 1)])
def test_a_ring_that_finds_nothing_is_refused(ring: KeyRing) -> None:
    """A ring without its current key, or with a short one, serves no look-up."""
    with pytest.raises(KeyUnusable):
        Lookup.following(lambda: ring)
