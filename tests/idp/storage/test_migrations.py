"""Migrations go up, down and up again on both databases, and end at the tables that the code describes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from idp.errors import SettingsRefused
from idp.main import all_tables
from idp.storage import migrate
from idp.storage.engine import Sql


@pytest.fixture(params=["sqlite", "postgresql"])
def sql(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sql]:
    """An empty database."""
    if request.param == "sqlite":
        made = Sql(f"sqlite:///{tmp_path}/empty.db")
    else:
        made = Sql(request.getfixturevalue("postgres").create_database("migrations"))
    yield made
    made.close()


def _tables(sql: Sql) -> set[str]:
    with sql.once() as db:
        return set(inspect(db).get_table_names()) - {"alembic_version", "ephemeral_entry"}


def test_up_down_and_up_again(sql: Sql) -> None:
    """Down to nothing leaves no table behind; going up twice is going up once."""
    migrate.upgrade(sql)
    first = _tables(sql)
    migrate.upgrade(sql)
    assert _tables(sql) == first and first
    migrate.downgrade(sql, "base")
    assert _tables(sql) == set()
    migrate.upgrade(sql)
    assert _tables(sql) == first


def test_the_migrated_tables_are_the_models(sql: Sql) -> None:
    """Every table, column, index and constraint of the models, and none besides."""
    tables = all_tables()
    migrate.upgrade(sql)
    assert _tables(sql) == {table.name for table in tables.sorted_tables} - {"ephemeral_entry"}
    with sql.engine.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True, "include_name": _ours})
        differences = compare_metadata(context, tables)
    assert differences == []


def test_only_current_tables_are_accepted(sql: Sql) -> None:
    """Before the migration the check refuses, after it it is silent."""
    with pytest.raises(SettingsRefused):
        migrate.require_current(sql)
    migrate.upgrade(sql)
    migrate.require_current(sql)
    migrate.downgrade(sql, "base")
    with pytest.raises(SettingsRefused):
        migrate.require_current(sql)


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and name in {"alembic_version", "ephemeral_entry"})
