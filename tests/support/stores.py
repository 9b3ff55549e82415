"""Short-lived stores for tests: on SQLite unless a test names others by `on_stores`."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.ephemeral.embedded import EmbeddedStore
from idp.ephemeral.port import Store
from idp.ephemeral.redis import RedisStore
from tests.support.servers import RedisCluster, RedisSentinel

ALL = ("sqlite", "postgresql", "redis")


def on_stores(*names: str) -> pytest.MarkDecorator:
    """Run the test on each of these stores: sqlite, postgresql, redis, redis-sentinel, redis-cluster."""
    return pytest.mark.parametrize("store_url", names, indirect=True)


def open_at(url: str) -> Store:
    """The store at `url`, ready for use."""
    if url.startswith(("redis", "unix")):
        return RedisStore.from_url(url)
    store = EmbeddedStore.from_url(url)
    store.create_table()
    return store


def random_key() -> bytes:
    """A key as a lookup digest would be; tests that share a server never meet under it."""
    return secrets.token_bytes(32)


@pytest.fixture
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of the store under test."""
    name = getattr(request, "param", "sqlite")
    if name == "sqlite":
        return f"sqlite:///{tmp_path}/ephemeral.db"
    url: str = request.getfixturevalue(name.replace("-", "_")).url
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """The store under test."""
    store = open_at(store_url)
    yield store
    store.close()


@pytest.fixture
def postgresql(request: pytest.FixtureRequest) -> object:
    """The worker's PostgreSQL, by the name that `on_stores` uses."""
    return request.getfixturevalue("postgres")


@pytest.fixture(scope="session")
def redis_sentinel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisSentinel]:
    """A master behind a Sentinel."""
    servers = RedisSentinel(tmp_path_factory.mktemp("sentinel"))
    servers.start()
    yield servers
    servers.stop()


@pytest.fixture(scope="session")
def redis_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    """A Cluster of three masters."""
    servers = RedisCluster(tmp_path_factory.mktemp("cluster"))
    servers.start()
    yield servers
    servers.stop()
