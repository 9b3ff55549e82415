"""Engines for the supported databases: SQLite (WAL) and PostgreSQL 15+ by psycopg 3."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from idp.errors import Conflict, Unavailable

Db = Connection
"""What services pass on and only stores use: a connection in a transaction, or one that commits by statement."""

STATEMENT_TIMEOUT_MS = 10_000
LOCK_TIMEOUT_MS = 5_000


class Sql:
    """The durable store: `begin` for a transaction, `once` where one statement is the transaction."""

    def __init__(self, url: str, pool_size: int = 4) -> None:
        self.url = make_url(url)
        self.engine = _sqlite(url) if self.url.get_backend_name() == "sqlite" else _postgresql(url, pool_size)
        self._autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def is_sqlite(self) -> bool:
        """Whether the store is a file of this machine."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction, committed when the block ends, undone when it raises.

        Raises Unavailable when the database does not answer, Conflict when it had to give way to another transaction.
        """
        try:
            with self.engine.begin() as db:
                yield db
        except DBAPIError as error:
            raise _translated(error) from error

    @contextmanager
    def once(self) -> Iterator[Connection]:
        """A connection on which every statement commits by itself."""
        try:
            with self._autocommit.connect() as db:
                yield db
        except DBAPIError as error:
            raise _translated(error) from error

    def ping(self) -> None:
        """Raise Unavailable unless the database answers."""
        with self.once() as db:
            db.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _translated(error: DBAPIError) -> Exception:
    """The provider's own error for a lost or locked database; a programming error stays what it is."""
    state = getattr(error.orig, "sqlstate", None) or ""
    words = str(error.orig)
    if error.connection_invalidated or state.startswith(("08", "57", "53")) or "connection" in words:
        return Unavailable("svc.down", f"database: {type(error.orig).__name__}")
    if state.startswith(("40", "55")) or "locked" in words:
        return Unavailable("svc.down", "database: lock")
    if state.startswith("23") or type(error.orig).__name__ == "IntegrityError":
        return Conflict("object.conflict", f"database: {state or 'constraint'}")
    return error


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={"timeout": LOCK_TIMEOUT_MS / 1000},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        # The driver must not open transactions by itself: `begin` below says when and how.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(db: Connection) -> None:
        # A transaction that reads first and writes later would fail on a lock upgrade: take the write lock at once.
        if db.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            db.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgresql(url: str, pool_size: int) -> Engine:
    options = f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS}"
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=False,
        pool_use_lifo=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={"options": options, "connect_timeout": 3},
    )
