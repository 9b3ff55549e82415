"""Many rows at once: every type comes back as it was given, and all rows stand or none, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    func,
    insert,
    select,
)

from idp.errors import Conflict
from idp.storage import bulk
from idp.storage.engine import Sql
from idp.storage.types import Digest, Instant, enum_by_value
from tests.support.fixtures import Postgres


class Colour(StrEnum):
    """Some enum."""

    RED = "red"


things = Table(
    "bulk_thing",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", String(40), unique=True),
    Column("count", BigInteger),
    Column("digest", Digest),
    Column("at", Instant),
    Column("colour", enum_by_value(Colour)),
    Column("is_new", Boolean),
    Column("details", JSON),
)
COLUMNS = ("name", "count", "digest", "at", "colour", "is_new", "details")
AT = datetime(2026, 11, 23, 8, 0, 0, 250_000, UTC)
FULL = (
    "测试\t\\N \"x\" 'O' \U00020bb7\n",
    1 << 40,
    bytes(range(32)),
    AT,
    Colour.RED,
    False,
    {"甲": [3, None]},
)
SPARE = ("二", None, None, None, None, None, {})


@pytest.fixture(params=["sqlite", "postgresql"])
def sql(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sql]:
    """A database of either kind with the table of this file."""
    if request.param == "sqlite":
        made = Sql(f"sqlite:///{tmp_path}/bulk.db", 2)
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        made = Sql(postgres.create_database("bulk"), 2)
    things.metadata.create_all(made.engine)
    yield made
    made.close()


def names(count: int) -> list[tuple[Any, ...]]:
    """Rows that differ in their names."""
    return [(f"n{number}", *SPARE[1:]) for number in range(count)]


def kept(sql: Sql) -> int:
    """How many rows there are."""
    with sql.once() as db:
        return int(db.execute(select(func.count()).select_from(things)).scalar_one())


def test_every_type_comes_back_as_it_was_given(sql: Sql) -> None:
    """Marks of the text form, bytes, instants, enums, truth values, JSON and NULL survive; the database gives the id."""
    with sql.begin() as db:
        bulk.insert(db, things, COLUMNS, iter([FULL, SPARE]))
    with sql.once() as db:
        rows = db.execute(select(things).order_by(things.c.id)).all()
    assert [tuple(row)[1:] for row in rows] == [FULL, SPARE]
    assert rows[0].id < rows[1].id


def test_no_row_stands_when_one_repeats_another(sql: Sql) -> None:
    """A unique constraint that breaks is Conflict, and what else the transaction wrote is undone with it."""
    with pytest.raises(Conflict), sql.begin() as db:
        db.execute(insert(things).values(name="before", details={}))
        bulk.insert(db, things, COLUMNS, [*names(500), SPARE, SPARE])
    assert kept(sql) == 0
    with sql.begin() as db:
        bulk.insert(db, things, COLUMNS, names(2))
    assert kept(sql) == 2


def test_rows_stand_with_the_callers_transaction_only(sql: Sql) -> None:
    """What fails after the rows undoes them; no rows at all are no error."""
    with pytest.raises(ZeroDivisionError), sql.begin() as db:
        bulk.insert(db, things, COLUMNS, names(1000))
        raise ZeroDivisionError
    with sql.begin() as db:
        bulk.insert(db, things, COLUMNS, [])
    assert kept(sql) == 0


def test_a_row_of_another_length_is_refused(sql: Sql) -> None:
    """A value too few or too many is a mistake of the caller, not a row shifted by one."""
    with pytest.raises(Exception, match=r".+"), sql.begin() as db:
        bulk.insert(db, things, COLUMNS, [SPARE[:-1]])
    assert kept(sql) == 0


def test_a_default_of_the_model_is_not_silently_lost(sql: Sql) -> None:
    """A column whose default only the model knows must be given, on both databases alike."""
    table = Table(
        "bulk_other", MetaData(), Column("id", Integer, primary_key=True), Column("n", Integer, default=1)
    )
    table.metadata.create_all(sql.engine)
    with pytest.raises(ValueError, match="columns with a default"), sql.begin() as db:
        bulk.insert(db, table, ("id",), [(1,)])
