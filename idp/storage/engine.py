"""Engines for the supported databases: SQLite (WAL) and PostgreSQL 15+ by psycopg 3."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Semaphore
from typing import Any

import orjson
from psycopg import Error as DriverError
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from idp.errors import Conflict, Unavailable
from idp.storage.direct import control

Db = Connection
"""What services pass on and only stores use: a connection in a transaction, or one that commits by statement."""

STATEMENT_TIMEOUT_MS = 10_000
LOCK_TIMEOUT_MS = 5_000
WAIT_SECONDS = 30.0
"""How long a caller waits for a connection when all are in use."""
BESIDE = 2
"""Connections for tables and migrations beside those that serve."""


class Sql:
    """The durable store: `begin` for a transaction, `once` where one statement is the transaction.

    Both use connections that commit by statement and are kept open between uses, so that nothing is set or reset on
    the way; a transaction says BEGIN and COMMIT itself. `engine` is for tables and migrations.
    """

    def __init__(self, url: str, pool_size: int = 4) -> None:
        self.url = make_url(url)
        make = _sqlite if self.url.get_backend_name() == "sqlite" else _postgresql
        self.engine = make(url, pool_size)
        self._autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._begin = "BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN"
        self._idle: list[Connection] = []
        self._pool_size = pool_size
        self._is_closed = False
        self._places = Semaphore(2 * pool_size)

    @property
    def is_sqlite(self) -> bool:
        """Whether the store is a file of this machine."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction, committed when the block ends, undone when it raises.

        Raises Unavailable when the database does not answer, Conflict when it had to give way to another transaction.
        """
        with self.once() as db:
            control(db, self._begin)
            try:
                yield db
                control(db, "COMMIT")
            except BaseException:
                _undo(db)
                raise

    @contextmanager
    def once(self) -> Iterator[Connection]:
        """A connection on which every statement commits by itself."""
        if not self._places.acquire(timeout=WAIT_SECONDS):
            raise Unavailable("svc.busy", "database: all connections taken")
        db = None
        try:
            db = self._taken()
            yield db
        except (DBAPIError, DriverError) as error:
            raise _translated(error, db is None or _is_lost(db)) from error
        finally:
            if db is not None:
                self._give_back(db)
            self._places.release()

    def ping(self) -> None:
        """Raise Unavailable unless the database answers."""
        with self.once() as db:
            db.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give all connections back; whoever comes later, such as a counter's last word, leaves none open."""
        self._is_closed = True
        self._close_idle()
        self.engine.dispose()

    def _taken(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._autocommit.connect()

    def _give_back(self, db: Connection) -> None:
        if _is_lost(db):
            # What ended this connection has most likely ended its neighbours too.
            db.invalidate()
            db.close()
            self._close_idle()
        elif self._is_closed:
            db.close()
            self.engine.dispose()
        elif len(self._idle) < self._pool_size:
            self._idle.append(db)
        else:
            db.close()

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()


def _undo(db: Connection) -> None:
    if _is_lost(db):
        return
    try:
        control(db, "ROLLBACK")
    except (DBAPIError, DriverError):
        # Nobody may go on inside a transaction that could not be undone.
        db.invalidate()


def _is_lost(db: Connection) -> bool:
    """Whether the server is gone from the other end."""
    return db.invalidated or bool(getattr(db.connection.driver_connection, "closed", False))


def _translated(error: DBAPIError | DriverError, is_lost: bool) -> Exception:
    """The provider's own error for a lost or locked database; a programming error stays what it is."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None) or ""
    words = str(cause)
    if is_lost or state.startswith(("08", "57", "53")) or "connection" in words:
        return Unavailable("svc.down", f"database: {type(cause).__name__}")
    if state.startswith(("40", "55")) or "locked" in words:
        return Unavailable("svc.down", "database: lock")
    if state.startswith("23") or type(cause).__name__ == "IntegrityError":
        return Conflict("object.conflict", f"database: {state or 'constraint'}")
    return error


def _sqlite(url: str, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size + BESIDE,
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
        max_overflow=pool_size + BESIDE,
        pool_pre_ping=False,
        pool_use_lifo=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={"options": options, "connect_timeout": 3},
    )
