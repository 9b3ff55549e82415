"""Which store serves: Redis where one is configured, else the embedded one."""

from idp.ephemeral.embedded import EmbeddedStore
from idp.ephemeral.port import Store
from idp.ephemeral.redis import RedisStore


def open_store(redis_url: str | None, embedded_url: str) -> Store:
    """The store at `redis_url`, or without one the embedded store at the SQLAlchemy URL `embedded_url`, its
    table created.

    Raises SettingsRefused for a URL that names no supported store, StoreUnavailable when it does not answer.
    """
    if redis_url:
        redis = RedisStore.from_url(redis_url)
        redis.ping()
        return redis
    embedded = EmbeddedStore.from_url(embedded_url)
    embedded.create_table()
    return embedded
