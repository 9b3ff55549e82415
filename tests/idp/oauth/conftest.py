"""The token side on SQLite with the embedded store, and where a test asks for it on PostgreSQL with Redis."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from idp.ephemeral.embedded import EmbeddedStore
from idp.ephemeral.port import Store
from idp.ephemeral.redis import RedisStore
from idp.oauth.logout import models as logout_models  # the table of deliveries belongs to the schema
from idp.storage.base import Base
from idp.storage.engine import Sql
from tests.idp.oauth.house import House, StandingClock
from tests.support.fixtures import Postgres

assert logout_models.LogoutDeliveryRow.__tablename__ in Base.metadata.tables


@pytest.fixture
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """The token side on the pair of stores named by `pairs`; SQLite and the embedded store by default."""
    clock = StandingClock()
    sql, store = _pair(getattr(request, "param", "sqlite"), request, tmp_path, clock)
    made = House(sql, store, clock)
    yield made
    made.keyring.usage.close()
    store.close()
    sql.close()


@pytest.fixture(scope="session")
def schema_url(postgres: Postgres) -> str:
    """A PostgreSQL database of this worker with all tables."""
    url = postgres.create_database("oauth")
    sql = Sql(url)
    Base.metadata.create_all(sql.engine)
    sql.close()
    return url


def _pair(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, clock: StandingClock
) -> tuple[Sql, Store]:
    if name == "sqlite":
        sql = Sql(f"sqlite:///{tmp_path}/main.db")
        event.listen(sql.engine, "connect", _forget_durability)
        Base.metadata.create_all(sql.engine)
        embedded = EmbeddedStore.from_url(f"sqlite:///{tmp_path}/short.db", clock.timestamp)
        embedded.create_table()
        return sql, embedded
    sql = Sql(request.getfixturevalue("schema_url"), 16)
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    with sql.begin() as db:
        db.execute(text(f"TRUNCATE {tables}"))
    return sql, RedisStore.from_url(request.getfixturevalue("redis").url)


def _forget_durability(connection: Any, _record: object) -> None:
    # No test here pulls the plug, and waiting for the disk takes most of the time.
    connection.execute("PRAGMA synchronous=OFF")
