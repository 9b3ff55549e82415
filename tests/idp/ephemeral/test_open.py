"""Which store serves."""

from pathlib import Path

import pytest

from idp.ephemeral.embedded import EmbeddedStore
from idp.ephemeral.open import open_store
from idp.ephemeral.port import StoreUnavailable
from idp.ephemeral.redis import RedisStore
from tests.support.fixtures import Redis
from tests.support.stores import random_key


def test_redis_serves_where_it_is_configured(tmp_path: Path, redis: Redis) -> None:
    """With a Redis URL the embedded store is not even created."""
    store = open_store(redis.url, f"sqlite:///{tmp_path}/unused.db")
    assert isinstance(store, RedisStore)
    assert list(tmp_path.iterdir()) == []
    store.close()


def test_without_redis_the_embedded_store_serves_at_once(tmp_path: Path) -> None:
    """The table is there after opening, and again when the process starts anew."""
    key = random_key()
    for expected in (None, b"v"):
        store = open_store(None, f"sqlite:///{tmp_path}/s.db")
        assert isinstance(store, EmbeddedStore)
        assert store.get(key) == expected
        store.put(key, b"v", 60)
        store.close()


def test_a_silent_redis_is_no_reason_to_fall_back(tmp_path: Path) -> None:
    """A configured Redis that does not answer stops the start: a node with its own state would accept
    replays.
    """
    with pytest.raises(StoreUnavailable):
        open_store("redis://127.0.0.1:1/0", f"sqlite:///{tmp_path}/unused.db")
