"""The short way of hot statements and the connections that stay open: same rows, same errors, nothing half done."""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    insert,
    select,
    text,
)

from idp.errors import Conflict, Unavailable
from idp.storage.direct import Prepared
from idp.storage.engine import Sql
from idp.storage.types import Digest, Instant, enum_by_value
from tests.support.fixtures import Postgres


class Colour(StrEnum):
    """Some enum."""

    RED = "red"


things = Table(
    "direct_thing",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(40)),
    Column("digest", Digest),
    Column("at", Instant),
    Column("colour", enum_by_value(Colour)),
    Column("is_new", Boolean),
    Column("details", JSON),
)
ADD = Prepared(insert(things), [column.name for column in things.c])
ON_A_SERVER = pytest.mark.parametrize("sql", ["postgresql"], indirect=True)
FIND = Prepared(select(things).where(things.c.id == bindparam("id")))
ROW = {
    "id": 1,
    "name": "测试 %s $1 'O''T' \U00020bb7",
    "digest": bytes(range(32)),
    "at": datetime(2026, 11, 23, 8, 0, 0, 250_000, UTC),
    "colour": Colour.RED,
    "is_new": False,
    "details": {"text": "甲", "count": 3, "none": None},
}


@pytest.fixture(params=["sqlite", "postgresql"])
def sql(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sql]:
    """A database of either kind with the table of this file."""
    if request.param == "sqlite":
        made = Sql(f"sqlite:///{tmp_path}/direct.db", 2)
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        made = Sql(postgres.create_database("direct"), 2)
    things.metadata.create_all(made.engine)
    yield made
    made.close()


def test_every_type_comes_back_as_it_was_given(sql: Sql) -> None:
    """Text with quotes and marks, bytes, instants, enums, truth values and JSON survive; an absent row is None."""
    with sql.once() as db:
        ADD.run(db, ROW)
        assert tuple(FIND.first(db, {"id": 1}) or ()) == tuple(ROW.values())
        assert FIND.first(db, {"id": 2}) is None


def test_empty_columns_come_back_as_none(sql: Sql) -> None:
    """NULL is None in every type that may be empty."""
    empty = dict.fromkeys(ROW) | {"id": 1, "details": {}}
    with sql.once() as db:
        ADD.run(db, empty)
        assert tuple(FIND.first(db, {"id": 1}) or ()) == tuple(empty.values())


def test_a_forgotten_parameter_is_no_null(sql: Sql) -> None:
    """A call without a parameter fails instead of looking for nothing."""
    with pytest.raises(Exception, match="id"), sql.once() as db:
        FIND.first(db, {})


def test_a_taken_key_is_a_conflict_and_undoes_the_transaction(sql: Sql) -> None:
    """The second row of one key raises Conflict; the row before it in the same transaction is gone, the door works on."""
    with sql.once() as db:
        ADD.run(db, ROW)
    with pytest.raises(Conflict), sql.begin() as db:
        ADD.run(db, ROW | {"id": 2})
        ADD.run(db, ROW)
    with sql.once() as db:
        assert FIND.first(db, {"id": 2}) is None


def test_a_refusal_in_a_transaction_undoes_it(sql: Sql) -> None:
    """Any error that leaves the block takes back what the block wrote."""
    with pytest.raises(LookupError), sql.begin() as db:
        ADD.run(db, ROW)
        raise LookupError
    with sql.begin() as db:
        assert FIND.first(db, {"id": 1}) is None


@ON_A_SERVER
def test_a_swallowed_error_is_not_taken_for_a_commit(sql: Sql) -> None:
    """On PostgreSQL a statement that failed has undone the transaction: leaving the block must not look like success."""
    with sql.once() as db:
        ADD.run(db, ROW)
    with pytest.raises(Exception, match="undone"), sql.begin() as db:
        ADD.run(db, ROW | {"id": 2})
        with pytest.raises(Exception, match="direct_thing"):
            ADD.run(db, ROW)


@ON_A_SERVER
def test_a_lost_connection_is_unavailable_once(sql: Sql) -> None:
    """When the server ends a kept connection, that use is refused as unavailable and the next one gets a fresh one."""
    with sql.once() as db:
        ADD.run(db, ROW)
        pid = db.execute(text("SELECT pg_backend_pid()")).scalar_one()
    killer = Sql(sql.url.render_as_string(hide_password=False), 1)
    with killer.once() as db:
        db.execute(text("SELECT pg_terminate_backend(:pid, 2000)"), {"pid": pid})
    killer.close()
    with pytest.raises(Unavailable), sql.begin() as db:
        FIND.first(db, {"id": 1})
    with sql.begin() as db:
        assert FIND.first(db, {"id": 1}) is not None
