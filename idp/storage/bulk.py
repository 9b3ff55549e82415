"""Many rows at once: COPY on PostgreSQL, one statement for all of them on SQLite; always in the caller's transaction."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import orjson
from psycopg.sql import SQL, Identifier
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Enum,
    Integer,
    LargeBinary,
    String,
    Table,
    bindparam,
    cast,
    func,
)
from sqlalchemy import insert as insert_into
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from idp.storage.direct import POSTGRESQL

Convert = Callable[[Any], Any]
# Most special first: an Enum is a String, a BigInteger an Integer. JSON is sent as its text, of which it is made.
_NAMES: Final[tuple[tuple[type[TypeEngine[Any]], str], ...]] = (
    (LargeBinary, "bytea"),
    (JSON, "text"),
    (String, "text"),
    (BigInteger, "int8"),
    (Integer, "int4"),
    (Boolean, "bool"),
)


def insert(db: Connection, table: Table, columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """Add rows whose values stand in the order of `columns`, typed as the models are; other columns take what the
    database gives them. ValueError for a column left out that has a default in its model: COPY knows none.

    All rows or none: whatever is raised has spoiled the transaction. At the transaction's door it is Conflict for a
    constraint that does not hold. A text with U+0000 is no text for PostgreSQL: psycopg.DataError.
    """
    if left_out := [each.name for each in table.c if each.default is not None and each.name not in columns]:
        raise ValueError(f"columns with a default are given: {', '.join(left_out)}")
    if db.dialect.name == POSTGRESQL:
        _copy(db, table, columns, rows)
    elif values := [dict(zip(columns, row, strict=True)) for row in rows]:
        db.execute(insert_into(table), values)


def digests(db: Connection, values: Sequence[bytes]) -> Callable[[Column[Any]], ColumnElement[bool]]:
    """What asks of a column of bytes whether it has one of these values: in one parameter on PostgreSQL, however many
    they are and however often it is asked in one statement.
    """
    if db.dialect.name != POSTGRESQL:
        return lambda column: column.in_(values)
    text = "{" + ",".join(f'"\\\\x{value.hex()}"' for value in values) + "}"
    # Without a type of its own the parameter is of the type that it is cast to; a text would be read anew for every row.
    listed = cast(bindparam("digests", text, NullType()), postgresql.ARRAY(LargeBinary))
    return lambda column: column == func.any(listed)


def texts(db: Connection, values: Sequence[str]) -> Callable[[ColumnElement[Any]], ColumnElement[bool]]:
    """What asks of a column of texts whether it has one of these values: in one parameter on PostgreSQL, however many
    they are.
    """
    if db.dialect.name != POSTGRESQL:
        return lambda column: column.in_(values)
    listed = bindparam("texts", list(values), postgresql.ARRAY(String))
    return lambda column: column == func.any(listed)


def _copy(db: Connection, table: Table, columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    kinds = [table.c[name].type for name in columns]
    converted = [(place, write) for place, kind in enumerate(kinds) if (write := _writer(db, kind))]
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        Identifier(table.name), SQL(", ").join(map(Identifier, columns))
    )
    link: Any = db.connection.driver_connection
    with link.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([_name(kind) for kind in kinds])
        for row in rows:
            values = list(row)
            for place, write in converted:
                values[place] = write(values[place])
            copy.write_row(values)


def _name(kind: TypeEngine[Any]) -> str:
    """What PostgreSQL calls the type that is sent."""
    plain = kind.impl if isinstance(kind, TypeDecorator) else kind
    return next(name for known, name in _NAMES if isinstance(plain, known))


def _writer(db: Connection, kind: TypeEngine[Any]) -> Convert | None:
    """What turns a value into the one that is sent, or None where it is sent as it is."""
    if isinstance(kind, JSON):
        return _as_json
    if isinstance(kind, Enum | TypeDecorator):
        return kind.dialect_impl(db.dialect).bind_processor(db.dialect)
    return None


def _as_json(value: Any) -> str:
    return orjson.dumps(value).decode()
