"""Statements of hot paths on PostgreSQL: compiled once per process, prepared once per connection, run on libpq.

They are SQLAlchemy statements like all others and stay so on every other database; only the way to the server is
shorter: about a fifth of the processor time. Use them where a statement stands in the path of every request.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, Final

import orjson
from psycopg import OperationalError
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from sqlalchemy import JSON, BindParameter, Connection, LargeBinary
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.types import TypeEngine

POSTGRESQL: Final = "postgresql"
_HELD: Final = "yihao.prepared"
_DONE: Final = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)
_DIALECT: Final = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call] # the library left it so
_TEXT, _BINARY = 0, 1
_numbers = count()

Convert = Callable[[Any], Any]


def _bytea(text: bytes) -> bytes:
    return bytes.fromhex(text[2:].decode("ascii"))


_READERS: Final[dict[int, Convert]] = {
    16: b"t".__eq__,
    17: _bytea,
    20: int,
    21: int,
    23: int,
    25: bytes.decode,
    114: orjson.loads,
    1043: bytes.decode,
}
"""How a column's text is read, by the type's number in pg_type; a hot statement with any other type fails its first test."""


class Prepared:
    """A statement for one row in, at most one row out. Raises psycopg.Error or SQLAlchemy's DBAPIError, as `Sql` expects.

    `statement` is Core with named parameters; for an INSERT whose values are not written into it, `columns` names
    those that every call gives.
    """

    __slots__ = ("_columns", "_name", "_plan", "_statement")

    def __init__(self, statement: Any, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = columns
        self._name = f"yihao_{next(_numbers)}".encode("ascii")
        self._plan: Plan | None = None

    def first(self, db: Connection, parameters: Mapping[str, object]) -> Any | None:
        """The first row with its columns as attributes, or None."""
        if db.dialect.name != POSTGRESQL:
            return db.execute(self._statement, parameters).first()
        plan, result = self._run(db, parameters)
        return plan.row(result) if result.ntuples else None

    def run(self, db: Connection, parameters: Mapping[str, object]) -> None:
        """Execute for its effect."""
        if db.dialect.name != POSTGRESQL:
            db.execute(self._statement, parameters)
        else:
            self._run(db, parameters)

    def _run(self, db: Connection, parameters: Mapping[str, object]) -> tuple["Plan", Any]:
        plan = self._plan
        if plan is None:
            plan = self._plan = Plan(self._statement, self._columns)
        proxied = db.connection
        link = _link(proxied.driver_connection)
        held = proxied.info.setdefault(_HELD, set())
        if self._name not in held:
            _checked(link.prepare(self._name, plan.text))
            held.add(self._name)
        return plan, _checked(link.exec_prepared(self._name, plan.values(parameters), plan.formats))


def control(db: Connection, words: str) -> None:
    """BEGIN, COMMIT or ROLLBACK on a connection that commits by statement.

    Raises psycopg.Error; so too when PostgreSQL answers COMMIT by undoing, after an error that somebody swallowed.
    """
    if db.dialect.name != POSTGRESQL:
        db.exec_driver_sql(words)
        return
    result = _checked(_link(db.connection.driver_connection).exec_(words.encode("ascii")))
    if result.command_status != words.encode("ascii"):
        raise OperationalError("the transaction was undone")


class Plan:
    """A statement as PostgreSQL gets it, with what turns parameters into bytes and bytes into a row."""

    def __init__(self, statement: Any, columns: Sequence[str] | None) -> None:
        compiled = statement.compile(dialect=_DIALECT, column_keys=columns)
        if getattr(compiled, "insert_prefetch", ()):
            raise ValueError("a hot INSERT gives every column that has a default")
        self.text = str(compiled).encode()
        names = compiled.positiontup or []
        binds = [compiled.binds[name] for name in names]
        self.formats = [_BINARY if isinstance(bind.type, LargeBinary) else _TEXT for bind in binds]
        self._binds = [
            (name, bind.required, None if bind.required else write(bind.value), write)
            for name, bind, write in zip(names, binds, map(_writer, binds), strict=True)
        ]
        outputs = getattr(statement, "exported_columns", None)
        self._outputs: list[Any] = [] if outputs is None else list(outputs)
        self._make = _row_of([column.name for column in self._outputs])
        self._readers: list[tuple[Convert, Convert | None]] | None = None

    def values(self, parameters: Mapping[str, object]) -> list[bytes | None]:
        """The parameters in the order of the statement, as bytes."""
        return [
            write(parameters[name]) if is_required else fixed
            for name, is_required, fixed, write in self._binds
        ]

    def row(self, result: Any) -> Any:
        """The first row of a result."""
        readers = self._readers
        if readers is None:
            readers = self._readers = [
                (_READERS[result.ftype(i)], _result_processor(column.type, result.ftype(i)))
                for i, column in enumerate(self._outputs)
            ]
        values = []
        for i, (read, process) in enumerate(readers):
            text = result.get_value(0, i)
            value = None if text is None else read(text)
            values.append(value if process is None else process(value))
        return self._make(values)


def _row_of(names: Sequence[str]) -> Convert:
    """What makes a row, with its columns as attributes, of its values in order."""
    row = namedtuple("Row", names)  # type: ignore[misc] # the names come from the statement
    return row._make


def _writer(bind: BindParameter[Any]) -> Convert:
    """What turns a parameter into the bytes that PostgreSQL reads."""
    kind = bind.type
    if isinstance(kind, LargeBinary):
        return _as_it_is
    if isinstance(kind, JSON):
        return orjson.dumps
    process = kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)
    if process is None:
        return _as_text
    return lambda value: _as_text(process(value))


def _result_processor(kind: TypeEngine[Any], number: int) -> Convert | None:
    if isinstance(kind, JSON | LargeBinary):
        return None
    return kind.dialect_impl(_DIALECT).result_processor(_DIALECT, number)


def _as_it_is(value: Any) -> Any:
    return value


def _as_text(value: Any) -> bytes | None:
    # bool prints as True and False, which PostgreSQL reads as well.
    return None if value is None else str(value).encode()


def _link(connection: Any) -> Any:
    return connection.pgconn


def _checked(result: Any) -> Any:
    if result.status not in _DONE:
        raise error_from_result(result, "utf-8")
    return result
