"""What only the Redis store does: which lost answers it asks for again, and where its keys lie."""

import socketserver
import threading
from collections.abc import Callable, Iterator

import pytest

from idp.ephemeral.port import Store, StoreUnavailable
from idp.ephemeral.redis import RedisStore
from tests.support.fixtures import Redis
from tests.support.stores import random_key


class Dropping(socketserver.ThreadingTCPServer):
    """Takes every command and hangs up instead of answering, but for what a connection starts with."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hangup)
        self.commands: list[str] = []


class _Hangup(socketserver.StreamRequestHandler):
    server: Dropping

    def handle(self) -> None:
        while header := self.rfile.readline():
            words = []
            for _ in range(int(header[1:])):
                size = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(size + 2)[:-2])
            if words[0] != b"CLIENT":
                self.server.commands.append(words[0].decode())
                return
            self.wfile.write(b"+OK\r\n")


@pytest.fixture
def dropping() -> Iterator[Dropping]:
    """The server, running."""
    with Dropping() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("act", "commands"),
    [
        (lambda store, key: store.get(key), ["GET", "GET"]),
        (lambda store, key: store.ping(), ["PING", "PING"]),
        (lambda store, key: store.put(key, b"", 60), ["SET"]),
        (lambda store, key: store.add_once(key, b"", 60), ["SET"]),
        (lambda store, key: store.take(key), ["GETDEL"]),
        (lambda store, key: store.swap(key, b"", b""), ["EVALSHA"]),
        (lambda store, key: store.count(key, 60), ["EVALSHA"]),
        (lambda store, key: store.delete(key), ["DEL"]),
    ],
)
def test_a_lost_answer_is_asked_for_again_by_reads_only(
    dropping: Dropping, act: Callable[[Store, bytes], object], commands: list[str]
) -> None:
    """A connection dropped before the answer: a read goes out once more, a write never, and both end in a
    refusal.
    """
    store = RedisStore.from_url(f"redis://127.0.0.1:{dropping.server_address[1]}/0")
    with pytest.raises(StoreUnavailable):
        act(store, random_key())
    store.close()
    assert dropping.commands == commands


def test_keys_lie_under_the_namespace_and_apart_from_another(redis: Redis) -> None:
    """Two installations on one Redis do not meet."""
    ours, theirs = RedisStore.from_url(redis.url), RedisStore.from_url(redis.url, namespace="other")
    key = b"k" * 32
    ours.put(key, b"ours", 60)
    assert theirs.get(key) is None
    theirs.put(key, b"theirs", 60)
    assert ours.take(key) == b"ours"
    assert redis.cli("--scan").split() == [b"other:" + key]
    ours.close()
    theirs.close()


def test_every_kind_of_entry_ends_by_itself(redis: Redis) -> None:
    """No write leaves a key without a life, so the store cannot fill up."""
    store = RedisStore.from_url(redis.url)
    put, added, counted, swapped = (bytes([n]) * 32 for n in b"pacs")
    store.put(put, b"v", 60)
    store.add_once(added, b"v", 60)
    store.count(counted, 60)
    store.count(counted, 60)
    store.put(swapped, b"v", 60)
    store.swap(swapped, b"v", b"w")
    names = redis.cli("--scan").split()
    assert len(names) == 4
    for name in names:
        assert 0 < int(redis.cli("PTTL", name.decode())) <= 60_000
    store.close()


def test_more_callers_than_the_library_would_serve_are_served(redis: Redis) -> None:
    """A burst wider than redis-py's default pool waits for no one and is refused to no one."""
    store = RedisStore.from_url(redis.url)
    key, together = random_key(), threading.Barrier(150)
    sums: list[int] = []

    def hit() -> None:
        together.wait()
        sums.append(store.count(key, 60))

    threads = [threading.Thread(target=hit) for _ in range(150)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sums) == list(range(1, 151))
    store.close()
