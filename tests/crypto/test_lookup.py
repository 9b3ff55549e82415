"""Keyed digests for searching sealed values."""

import json
from pathlib import Path

import pytest

from crypto.errors import KeyUnusable
from crypto.lookup import Lookup

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
