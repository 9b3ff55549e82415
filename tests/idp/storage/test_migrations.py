"""Migrations go up, down and up again on both databases, and end at the tables that the code describes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from idp.errors import Conflict, SettingsRefused
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


_INSTANCE_0001 = (
    "INSERT INTO person VALUES ('p', '111', 'n', 'd', 'n', NULL, NULL, 2, 'active', 1, 1)",
    "INSERT INTO credential VALUES ('c', 'p', 'password', '', 's', 1, 1, NULL)",
    "INSERT INTO application VALUES ('a', 'n', 'n', 'd', 'd', 'https://a.test', 'active', 1)",
    "INSERT INTO oauth_client (client_id, application_id, kind, token_endpoint_auth_method, redirect_uris, "
    "post_logout_redirect_uris, grant_types, scope, optional_scope, scope_purpose, id_token_signed_response_alg, "
    "access_token_signed_response_alg, sector_identifier, may_introspect, created_at) "
    "VALUES ('o', 'a', 'web', 'none', '[]', '[]', '[]', '', '', '{}', 'ES256', 'ES256', 's', FALSE, 1)",
    "INSERT INTO signing_key VALUES ('k', 'token', 'ES256', 'active', '{}', 'w', 5)",
    "INSERT INTO data_key VALUES ('d', 'seal', 1, 'w', 5)",
)
"""A small instance as the first revision kept it."""


def _count(sql: Sql, table: str) -> int:
    with sql.once() as db:
        return int(db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608 - constants of tests


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


def test_an_instance_with_persons_and_keys_goes_up_and_down(sql: Sql) -> None:
    """Rows that refer to each other survive a table made anew, and keys get their state and timeline."""
    migrate.upgrade(sql, "0001")
    with sql.begin() as db:
        for statement in _INSTANCE_0001:
            db.execute(text(statement))
    migrate.upgrade(sql)
    assert _count(sql, "person") == _count(sql, "credential") == _count(sql, "oauth_client") == 1
    with sql.once() as db:
        pair = db.execute(text("SELECT state, provider, activated_at, used FROM key_pair")).one()
        data = db.execute(text("SELECT state, provider, activated_at, used FROM data_key")).one()
        assert tuple(pair) == tuple(data) == ("active", "software", 5, 0)
        with pytest.raises(Conflict), sql.begin() as other:
            other.execute(text("DELETE FROM person"))
    migrate.downgrade(sql, "0001")
    assert _count(sql, "credential") == _count(sql, "signing_key") == _count(sql, "data_key") == 1
    migrate.upgrade(sql)
    assert _count(sql, "key_pair") == 1


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
