"""The forms in which a Redis store is named in the settings, parsed or refused.

    redis://[user:password@]host:port[/db]        rediss://… (TLS)        unix:///path/to/socket[?db=0]
    redis+sentinel://[user:password@]host:port,host:port/master[/db]
    redis+cluster://[user:password@]host:port,host:port

User and password are those of the data nodes and percent-encoded; an IPv6 address stands in brackets.
Sentinels are asked without a password.
"""

import re
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import unquote

from idp.errors import SettingsRefused

Kind = Literal["single", "sentinel", "cluster"]

_SINGLE: Final = ("redis", "rediss", "unix")
_HOST: Final = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(?P<port>[0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class RedisUrl:
    """Where the store is: `url` for a single server, `hosts` of Sentinels or of a Cluster otherwise."""

    kind: Kind
    url: str = field(default="", repr=False)
    hosts: tuple[tuple[str, int], ...] = ()
    master: str = ""
    database: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)


def parse_redis_url(url: str) -> RedisUrl:
    """Parse a URL of the forms above; raises SettingsRefused, which never quotes it."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise _refused("scheme://… is missing")
    if scheme in _SINGLE:
        return RedisUrl("single", url=url)
    if scheme not in ("redis+sentinel", "redis+cluster"):
        raise _refused("the scheme is none of redis, rediss, unix, redis+sentinel, redis+cluster")
    authority, _, path = rest.partition("/")
    credentials, _, places = authority.rpartition("@")
    user, _, password = credentials.partition(":")
    username, secret = unquote(user) or None, unquote(password) or None
    hosts = tuple(_host(place) for place in places.split(","))
    if scheme == "redis+cluster":
        if path:
            raise _refused("a cluster has no databases and no path")
        return RedisUrl("cluster", hosts=hosts, username=username, password=secret)
    master, _, database = path.partition("/")
    if not master or (database and not database.isdecimal()):
        raise _refused("after the sentinels comes /master or /master/db")
    return RedisUrl(
        "sentinel",
        hosts=hosts,
        master=unquote(master),
        database=int(database or 0),
        username=username,
        password=secret,
    )


def _host(place: str) -> tuple[str, int]:
    found = _HOST.fullmatch(place)
    if found is None or not 0 < int(found["port"]) < 1 << 16:
        raise _refused("every host is host:port, several are parted by commas")
    return found["name"].strip("[]"), int(found["port"])


def _refused(detail: str) -> SettingsRefused:
    return SettingsRefused("settings.redis", detail)
