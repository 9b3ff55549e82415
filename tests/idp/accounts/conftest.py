"""Persons over a real store: SQLite unless a test names others by `on_databases`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.main import all_tables
from idp.storage.engine import Sql
from tests.idp.accounts.house import House


@pytest.fixture
def sql(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sql]:
    """An empty database with all tables; parametrise indirectly with `sqlite` or `postgresql`."""
    if getattr(request, "param", "sqlite") == "sqlite":
        url = f"sqlite:///{tmp_path}/yihao.db"
    else:
        url = request.getfixturevalue("postgres").create_database("accounts")
    sql = Sql(url, pool_size=8)
    all_tables().create_all(sql.engine)
    yield sql
    sql.close()


@pytest.fixture
def house(sql: Sql) -> House:
    """Persons and their importer over that database."""
    return House(sql)
