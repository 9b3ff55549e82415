"""The store on Redis (7 or a compatible server), alone, behind Sentinel or as a Cluster.

Every act is one command or one script on one key, so a Cluster needs no hash tags. A write is never repeated:
after a lost answer nobody knows whether it was done, and the caller is told so. A read is repeated once on a
fresh connection.
"""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.connection import parse_url
from redis.exceptions import ConnectionError as Dropped
from redis.exceptions import RedisClusterException, RedisError
from redis.retry import Retry
from redis.sentinel import Sentinel

from idp.ephemeral.port import StoreUnavailable, check_hits, check_key, milliseconds
from idp.ephemeral.redis_url import RedisUrl, parse_redis_url
from idp.errors import SettingsRefused

TIMEOUT: Final = 2.0
# One connection for each thread at work; the library's own limit of 100 would refuse a burst instead of serving it.
MAX_CONNECTIONS: Final = 1024
# A Sentinel that is down is passed over; its neighbours must be asked well within the caller's patience.
SENTINEL_TIMEOUT: Final = 0.5

_SWAP: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '' then redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1
"""
_COUNT: Final = """
local hits = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return hits
"""


@dataclass(frozen=True, slots=True)
class _Link:
    """A client of this process with its scripts; Any, because redis-py types every answer as the union of all
    its modes.
    """

    client: Any
    swap: Any
    count: Any
    pid: int


class RedisStore:
    """`Store` on Redis. Connects at the first call, and anew in a forked child. Safe across threads."""

    def __init__(self, connect: Callable[[], Any], namespace: str = "yihao") -> None:
        """Take what makes a client of redis-py; `namespace` goes before every key as `<namespace>:`."""
        self._connect = connect
        self._prefix = namespace.encode("ascii") + b":"
        self._link: _Link | None = None
        self._lock = threading.Lock()

    @classmethod
    def from_url(cls, url: str, namespace: str = "yihao") -> "RedisStore":
        """A store at `url` (forms: `redis_url`). Raises SettingsRefused for any other form; does not connect
        yet.
        """
        target = parse_redis_url(url)
        if target.kind == "single":
            try:
                _untyped(parse_url)(target.url)
            except ValueError:
                raise SettingsRefused("settings.redis", "the URL of the server is malformed") from None
        return cls(lambda: _client(target), namespace)

    def put(self, key: bytes, value: bytes, seconds: int) -> None:
        name, life = self._name(key), milliseconds(seconds)
        self._do(lambda link: link.client.set(name, value, px=life))

    def get(self, key: bytes) -> bytes | None:
        name = self._name(key)
        value: bytes | None = self._read(lambda link: link.client.get(name))
        return value

    def take(self, key: bytes) -> bytes | None:
        name = self._name(key)
        value: bytes | None = self._do(lambda link: link.client.getdel(name))
        return value

    def swap(self, key: bytes, expected: bytes, new: bytes, seconds: int | None = None) -> bool:
        life: int | str = "" if seconds is None else milliseconds(seconds)
        keys, values = [self._name(key)], [expected, new, life]
        return bool(self._do(lambda link: link.swap(keys, values)))

    def add_once(self, key: bytes, value: bytes, seconds: int) -> bool:
        name, life = self._name(key), milliseconds(seconds)
        return bool(self._do(lambda link: link.client.set(name, value, px=life, nx=True)))

    def count(self, key: bytes, seconds: int, by: int = 1) -> int:
        keys, values = [self._name(key)], [check_hits(by), milliseconds(seconds)]
        return int(self._do(lambda link: link.count(keys, values)))

    def delete(self, key: bytes) -> None:
        name = self._name(key)
        self._do(lambda link: link.client.delete(name))

    def ping(self) -> None:
        self._read(lambda link: link.client.ping())

    def close(self) -> None:
        with self._lock:
            link, self._link = self._link, None
        if link is not None and link.pid == os.getpid():
            link.client.close()

    def _name(self, key: bytes) -> bytes:
        return self._prefix + check_key(key)

    def _read(self, act: Callable[[_Link], Any]) -> Any:
        try:
            return self._do(act)
        except StoreUnavailable as error:
            if not isinstance(error.__cause__, Dropped):
                raise
        return self._do(act)

    def _do(self, act: Callable[[_Link], Any]) -> Any:
        try:
            link = self._link
            if link is None or link.pid != os.getpid():
                link = self._connected()
            return act(link)
        except (RedisError, RedisClusterException, OSError) as error:
            # The type alone: a message of the server may quote keys and arguments.
            raise StoreUnavailable(f"redis: {type(error).__name__}") from error

    def _connected(self) -> _Link:
        with self._lock:
            link = self._link
            if link is None or link.pid != os.getpid():
                client = self._connect()
                link = _Link(
                    client, client.register_script(_SWAP), client.register_script(_COUNT), os.getpid()
                )
                self._link = link
            return link


def _client(target: RedisUrl) -> Any:
    never = Retry(NoBackoff(), 0)
    options: dict[str, Any] = {"socket_timeout": TIMEOUT, "socket_connect_timeout": TIMEOUT}
    options |= {"max_connections": MAX_CONNECTIONS, "protocol": 2}
    if target.kind == "single":
        return Redis.from_url(target.url, retry=never, **options)
    options |= {"username": target.username, "password": target.password}
    if target.kind == "cluster":
        nodes = [_untyped(ClusterNode)(host, port) for host, port in target.hosts]
        return RedisCluster(startup_nodes=nodes, retry=never, **options)
    asking = options | {"socket_timeout": SENTINEL_TIMEOUT, "socket_connect_timeout": SENTINEL_TIMEOUT}
    asking |= {"username": None, "password": None, "retry": never}
    sentinel = _untyped(Sentinel)(list(target.hosts), sentinel_kwargs=asking)
    return sentinel.master_for(target.master, db=target.database, retry=never, **options)


def _untyped(part: Any) -> Any:
    """Name a part that redis-py leaves without types, so that strict checking holds for the rest of this
    file.
    """
    return part
