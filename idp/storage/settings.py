"""Settings of the durable store and of the short-lived one."""

from pydantic import Field

from idp.settings import Section


class DatabaseSettings(Section):
    """Section `database`."""

    url: str = Field(
        "sqlite:///var/yihao.db", description="SQLAlchemy address: `sqlite:///…` or `postgresql+psycopg://…`."
    )
    pool_size: int = Field(4, ge=1, le=64, description="Connections kept per process.")


class RedisSettings(Section):
    """Section `redis`."""

    url: str | None = Field(
        None,
        description="`redis://`, `rediss://`, `unix://`, `redis+sentinel://` or `redis+cluster://`; absent: a table in SQL.",
    )
