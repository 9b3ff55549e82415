"""The contract of the short-lived store, on every implementation and every way to reach one."""

import time

import pytest

from idp.ephemeral.port import Store
from tests.support.stores import ALL, on_stores, random_key

EVERYWHERE = (*ALL, "redis-sentinel", "redis-cluster")
MINUTE = 60


def wait_until_gone(store: Store, key: bytes) -> None:
    """Wait for an entry with a life of one second to end."""
    for _ in range(100):
        if store.get(key) is None:
            return
        time.sleep(0.05)
    raise AssertionError("an entry of one second outlived five")


@on_stores(*EVERYWHERE)
def test_what_was_put_is_read_again_byte_for_byte(store: Store) -> None:
    """Any bytes come back as they were, and the last put counts."""
    key = random_key()
    for value in (b"", bytes(range(256)) * 256, b"last"):
        store.put(key, value, MINUTE)
        assert store.get(key) == value
    assert store.get(random_key()) is None


@on_stores(*EVERYWHERE)
def test_keys_of_any_bytes_are_kept_apart(store: Store) -> None:
    """Keys with zero bytes, braces and high bytes are as good as others."""
    keys = [bytes(32), b"{" * 32, b"{a}" + b"}" * 29, b"\xff" * 32]
    for key in keys:
        store.put(key, key[:3], MINUTE)
    assert [store.get(key) for key in keys] == [key[:3] for key in keys]
    for key in keys:
        store.delete(key)
    assert [store.get(key) for key in keys] == [None] * 4


@on_stores(*EVERYWHERE)
def test_take_gives_the_value_once(store: Store) -> None:
    """The second take finds nothing."""
    key = random_key()
    store.put(key, b"once", MINUTE)
    assert store.take(key) == b"once"
    assert store.take(key) is None
    assert store.get(key) is None


@on_stores(*EVERYWHERE)
def test_swap_replaces_exactly_what_was_expected(store: Store) -> None:
    """A swap with another expectation changes nothing, one with the right one does."""
    key = random_key()
    assert not store.swap(key, b"", b"new"), "an absent entry is never created"
    assert store.get(key) is None
    store.put(key, b"old", MINUTE)
    assert not store.swap(key, b"other", b"new")
    assert store.get(key) == b"old"
    assert store.swap(key, b"old", b"new")
    assert store.get(key) == b"new"
    assert not store.swap(key, b"old", b"again")


@on_stores(*EVERYWHERE)
def test_add_once_keeps_the_first_value(store: Store) -> None:
    """The second adder is told so and changes nothing."""
    key = random_key()
    assert store.add_once(key, b"first", MINUTE)
    assert not store.add_once(key, b"second", MINUTE)
    assert store.get(key) == b"first"


@on_stores(*EVERYWHERE)
def test_hits_add_up_and_can_be_read_and_forgotten(store: Store) -> None:
    """Every call returns the sum after it; adding zero reads; delete starts anew."""
    key = random_key()
    sums = [store.count(key, MINUTE, by) for by in (0, 1, 1, 5, 0)]
    assert sums == [0, 1, 2, 7, 7]
    store.delete(key)
    assert store.count(key, MINUTE) == 1


@on_stores(*EVERYWHERE)
def test_an_entry_past_its_life_exists_for_no_method(store: Store) -> None:
    """After its life an entry is not read, taken or swapped, and its key is free; a kept life is not
    prolonged.
    """
    taken, swapped, added, counted, kept, prolonged = (random_key() for _ in range(6))
    # First of all, so that its window has ended when the others have.
    store.count(counted, 2)
    store.count(counted, MINUTE)
    for key in (taken, swapped, added, kept, prolonged):
        store.put(key, b"old", 2)
    assert store.swap(kept, b"old", b"new")
    assert store.swap(prolonged, b"old", b"new", MINUTE)
    wait_until_gone(store, kept)
    wait_until_gone(store, swapped)
    assert store.take(taken) is None
    assert not store.swap(swapped, b"old", b"new", MINUTE)
    assert store.add_once(added, b"new", MINUTE)
    assert store.get(added) == b"new"
    assert store.get(prolonged) == b"new"
    assert store.count(counted, MINUTE) == 1, (
        "the window starts with the first hit and later ones do not prolong it"
    )


@on_stores(*ALL)
def test_clear_keys_and_endless_lives_are_refused(store: Store) -> None:
    """What is no digest, lives no second or takes hits back never reaches the store."""
    with pytest.raises(ValueError, match="digest"):
        store.put(b"session:alice", b"", MINUTE)
    with pytest.raises(ValueError, match="digest"):
        store.get(b"")
    with pytest.raises(ValueError, match="one second"):
        store.put(random_key(), b"", 0)
    with pytest.raises(ValueError, match="one second"):
        store.count(random_key(), -1)
    with pytest.raises(ValueError, match="never taken back"):
        store.count(random_key(), MINUTE, by=-1)


@on_stores(*EVERYWHERE)
def test_a_closed_store_opens_again_when_it_is_asked(store: Store) -> None:
    """Closing gives connections back and does not end the store."""
    key = random_key()
    store.put(key, b"kept", MINUTE)
    store.close()
    store.ping()
    assert store.get(key) == b"kept"
