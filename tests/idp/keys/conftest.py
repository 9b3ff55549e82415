"""An instance with tables on each database, for tests of ceremonies."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.storage import migrate
from idp.storage.engine import Sql
from tests.idp.keys.ceremony_house import House, RunningAgent
from tests.support.fixtures import Postgres


@pytest.fixture(scope="session")
def _sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ceremony-tables") / "yihao.db"
    sql = Sql(f"sqlite:///{path}")
    migrate.upgrade(sql)
    sql.close()
    return path


@pytest.fixture(scope="session")
def _postgres_tables(postgres: Postgres) -> str:
    sql = Sql(postgres.create_database("ceremony_tables"))
    migrate.upgrade(sql)
    sql.close()
    return "ceremony_tables"


@pytest.fixture
def house(_sqlite_tables: Path, tmp_path: Path) -> Iterator[House]:
    """A fresh instance on SQLite."""
    shutil.copy(_sqlite_tables, tmp_path / "yihao.db")
    made = House(Sql(f"sqlite:///{tmp_path}/yihao.db"), tmp_path)
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """A fresh instance on each database in turn."""
    if request.param == "sqlite":
        yield request.getfixturevalue("house")
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    template = request.getfixturevalue("_postgres_tables")
    made = House(Sql(postgres.create_database("ceremonies", template)), tmp_path)
    yield made
    made.close()


@pytest.fixture
def agents() -> Iterator[list[RunningAgent]]:
    """Agents that a test starts; all are ended after it."""
    started: list[RunningAgent] = []
    yield started
    for each in started:
        each.close()
