"""The store's servers stop, hang and come back: callers hear it soon, and nothing has to be restarted."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from idp.ephemeral.port import Store, StoreUnavailable
from idp.ephemeral.redis import RedisStore
from tests.support.servers import PostgresServer, RedisSentinel, RedisServer
from tests.support.stores import ALL, on_stores, open_at, random_key

MINUTE = 60
PATIENCE = 5.0


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis that the test may stop."""
    server = RedisServer(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


def assert_all_refuse_soon(store: Store) -> None:
    """Every method raises StoreUnavailable before the caller's patience ends, all of them asked at once."""
    key = random_key()
    acts = [
        lambda: store.put(key, b"", MINUTE),
        lambda: store.get(key),
        lambda: store.take(key),
        lambda: store.swap(key, b"", b""),
        lambda: store.add_once(key, b"", MINUTE),
        lambda: store.count(key, MINUTE),
        lambda: store.delete(key),
        store.ping,
    ]
    with ThreadPoolExecutor(len(acts)) as pool:
        for future in [pool.submit(act) for act in acts]:
            with pytest.raises(StoreUnavailable) as refusal:
                future.result(timeout=PATIENCE)
            assert refusal.value.code == "svc.down"


def test_stopped_redis_is_reported_and_serves_after_its_restart(own_redis: RedisServer) -> None:
    """While Redis is down every method refuses; afterwards the same store works, though its scripts are gone
    too.
    """
    store = open_at(own_redis.url)
    key = random_key()
    store.put(key, b"old", MINUTE)
    assert store.swap(key, b"old", b"new")
    own_redis.stop()
    assert_all_refuse_soon(store)
    own_redis.start()
    assert store.get(key) is None
    store.put(key, b"old", MINUTE)
    assert store.swap(key, b"old", b"new")
    assert store.count(random_key(), MINUTE) == 1
    store.close()


def test_hanging_redis_is_given_up_soon(own_redis: RedisServer) -> None:
    """A server that takes connections and never answers costs the caller seconds, not minutes."""
    store = open_at(own_redis.url)
    store.ping()
    os.kill(own_redis.pid, signal.SIGSTOP)
    try:
        assert_all_refuse_soon(store)
    finally:
        os.kill(own_redis.pid, signal.SIGCONT)
    store.ping()
    store.close()


def test_a_write_without_an_answer_is_not_repeated(own_redis: RedisServer) -> None:
    """A count that timed out is reported once and counted at most once when the server wakes."""
    store = open_at(own_redis.url)
    key = random_key()
    assert store.count(key, MINUTE) == 1
    os.kill(own_redis.pid, signal.SIGSTOP)
    try:
        with pytest.raises(StoreUnavailable):
            store.count(key, MINUTE)
    finally:
        os.kill(own_redis.pid, signal.SIGCONT)
    assert store.count(key, MINUTE, by=0) <= 2
    store.close()


def test_a_read_survives_a_connection_dropped_by_the_server(own_redis: RedisServer) -> None:
    """Connections cut while idle, as a fail-over does, are no refusal for a read."""
    store = open_at(own_redis.url)
    key = random_key()
    store.put(key, b"kept", MINUTE)
    for _ in range(5):
        subprocess.run(
            ["redis-cli", "-p", str(own_redis.port), "CLIENT", "KILL", "TYPE", "normal"],
            check=True,
            capture_output=True,
        )
        assert store.get(key) == b"kept"
    store.close()


def test_the_master_behind_a_sentinel_may_stop_and_return(tmp_path: Path) -> None:
    """Without its master the store refuses; when the master is back it serves."""
    servers = RedisSentinel(tmp_path)
    servers.start()
    store = open_at(servers.url)
    try:
        store.ping()
        servers.master.stop()
        assert_all_refuse_soon(store)
        servers.master.start()
        store.ping()
    finally:
        store.close()
        servers.stop()


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL that the test may stop."""
    with tempfile.TemporaryDirectory(prefix="yihao-test-") as folder:
        # The server runs as another user where the tests run as root, and must reach its directory.
        Path(folder).chmod(0o711)
        server = PostgresServer(Path(folder) / "postgresql")
        server.start()
        yield server
        server.stop()


def test_stopped_postgresql_is_reported_and_serves_after_its_restart(own_postgres: PostgresServer) -> None:
    """While PostgreSQL is down every method refuses; afterwards the entries are still there."""
    store = open_at(own_postgres.url)
    key = random_key()
    store.put(key, b"kept", MINUTE)
    own_postgres.stop()
    assert_all_refuse_soon(store)
    own_postgres.start()
    assert store.get(key) == b"kept"
    store.close()


def test_a_server_that_never_was_is_reported_at_the_first_call() -> None:
    """Making a store does not connect; using it says what is wrong."""
    for url in ("redis://127.0.0.1:1/0", "redis+sentinel://127.0.0.1:1/main", "redis+cluster://127.0.0.1:1"):
        store = RedisStore.from_url(url)
        assert_all_refuse_soon(store)
        store.close()


FORKING = """
import os, sys
from tests.support.stores import open_at

url, key = sys.argv[1], bytes.fromhex(sys.argv[2])
store = open_at(url)
for _ in range(50):
    store.count(key, 60)
children = []
for _ in range(4):
    child = os.fork()
    if child == 0:
        for _ in range(50):
            store.count(key, 60)
        os._exit(0)
    children.append(child)
for _ in range(50):
    store.count(key, 60)
ended = [os.waitpid(child, 0)[1] for child in children]
store.ping()
print(ended, store.count(key, 60))
"""


@on_stores(*ALL)
def test_a_store_used_before_a_fork_works_on_both_sides(store_url: str) -> None:
    """Parent and forked children never share a connection: every answer reaches the one who asked."""
    command = [sys.executable, "-c", FORKING, store_url, random_key().hex()]
    run = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert run.stdout.strip() == "[0, 0, 0, 0] 301"
    assert run.stderr == ""
