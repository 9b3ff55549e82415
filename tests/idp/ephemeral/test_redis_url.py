"""The forms in which a Redis store is named."""

import pytest

from idp.ephemeral.redis import RedisStore
from idp.ephemeral.redis_url import parse_redis_url
from idp.errors import SettingsRefused


def test_sentinel_url_with_everything() -> None:
    """Several hosts, credentials with escaped characters, master and database."""
    found = parse_redis_url("redis+sentinel://us%40er:p%2Fw%3A%2C@s1.gov.test:26379,[::1]:26380/my-master/3")
    assert found.kind == "sentinel"
    assert found.hosts == (("s1.gov.test", 26379), ("::1", 26380))
    assert (found.username, found.password) == ("us@er", "p/w:,")
    assert (found.master, found.database) == ("my-master", 3)


def test_cluster_url_with_a_password_only() -> None:
    """A password without a user name is the default user's."""
    found = parse_redis_url("redis+cluster://:pw@10.0.0.1:7000,10.0.0.2:7001")
    assert found.kind == "cluster"
    assert found.hosts == (("10.0.0.1", 7000), ("10.0.0.2", 7001))
    assert (found.username, found.password) == (None, "pw")


@pytest.mark.parametrize("url", ["redis://h:6379/0", "rediss://:pw@h:6379/1", "unix:///run/redis.sock?db=2"])
def test_single_servers_keep_their_url(url: str) -> None:
    """The library's own forms go through as they are."""
    assert parse_redis_url(url).url == url


def test_the_password_is_not_printed() -> None:
    """A parsed URL in a log shows no secret."""
    for url in ("redis://:canary@h:1", "redis+cluster://:canary@h:1", "redis+sentinel://:canary@h:1/m"):
        assert "canary" not in repr(parse_redis_url(url))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:6379",
        "http://h:6379",
        "redis://h:canary",
        "redis+sentinel://h:26379",
        "redis+sentinel://h:26379/",
        "redis+sentinel://h:26379/main/x",
        "redis+sentinel://h:26379/main/0/1",
        "redis+sentinel://h/main",
        "redis+sentinel://h:26379,/main",
        "redis+sentinel://h:0/main",
        "redis+sentinel://canary@h:65536/main",
        "redis+cluster://",
        "redis+cluster://h:7000/0",
        "redis+cluster://h:7000;h:7001",
    ],
)
def test_other_forms_are_refused_without_quoting_them(url: str) -> None:
    """A URL that is half right is refused at boot, and the refusal repeats nothing of it."""
    with pytest.raises(SettingsRefused) as refusal:
        RedisStore.from_url(url)
    assert "canary" not in refusal.value.detail
