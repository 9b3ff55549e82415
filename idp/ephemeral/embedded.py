"""The embedded store: one table in SQLite or PostgreSQL, for installations without Redis.

Every act is one statement that commits by itself. A writing statement takes its lock when it starts (in
SQLite the database's write lock, as BEGIN IMMEDIATE would; in PostgreSQL the row's, looked at again after
waiting), and who won is told by RETURNING, not by a count of rows. Expiry compares with the caller's clock,
so both databases behave alike.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Executable,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    bindparam,
    case,
    create_engine,
    delete,
    event,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.schema import CreateIndex, CreateTable

from idp.ephemeral.port import StoreUnavailable, check_hits, check_key, milliseconds
from idp.errors import SettingsRefused

TRIES_TO_SET: Final = 50
BUSY_TIMEOUT_MS: Final = 5_000
CONNECT_TIMEOUT: Final = 2

_entry = Table(
    "ephemeral_entry",
    MetaData(),
    Column("key", LargeBinary, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("hits", Integer, nullable=False),
)
_expiry = Index("ix_ephemeral_entry_expires_at", _entry.c.expires_at)

_INSERTS: Final[dict[str, Callable[..., Any]]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
# Pools of a parent process are kept, not closed: closing them in the child would end the parent's
# connections.
_inherited: Final[list[object]] = []


class EmbeddedStore:
    """`Store` over a table of its own. Safe across threads, processes and forks."""

    def __init__(self, engine: Engine, now: Callable[[], float] = time.time) -> None:
        """Use `engine` (SQLite or PostgreSQL); `now` gives seconds since 1970. Call `create_table` once
        before use.
        """
        _require_supported(engine.dialect.name)
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._now = now
        self._sql = _Statements(engine.dialect.name)
        self._pid = os.getpid()
        self._fork_lock = threading.Lock()

    @classmethod
    def from_url(cls, url: str, now: Callable[[], float] = time.time) -> "EmbeddedStore":
        """A store with its own engine; `url` is SQLAlchemy's. Raises SettingsRefused for any other URL."""
        try:
            backend = make_url(url).get_backend_name()
        except ArgumentError:
            raise SettingsRefused("settings.ephemeral", "not a database URL") from None
        _require_supported(backend)
        return cls(_sqlite_engine(url) if backend == "sqlite" else _server_engine(url), now)

    def create_table(self) -> None:
        """Create table and index unless they exist; harmless when many processes start at once."""
        for statement in (CreateTable(_entry, if_not_exists=True), CreateIndex(_expiry, if_not_exists=True)):
            try:
                self._run(statement, {})
            except StoreUnavailable as error:
                # PostgreSQL lets two IF NOT EXISTS collide in its catalogue: the loser finds the table on the
                # next call.
                if not isinstance(error.__cause__, IntegrityError | ProgrammingError):
                    raise
                self._run(statement, {})

    def put(self, key: bytes, value: bytes, seconds: int) -> None:
        now = self._milliseconds()
        self._run(self._sql.put, {"k": check_key(key), "v": value, "until": now + milliseconds(seconds)})

    def get(self, key: bytes) -> bytes | None:
        return _value(self._run(self._sql.get, {"k": check_key(key), "now": self._milliseconds()}))

    def take(self, key: bytes) -> bytes | None:
        return _value(self._run(self._sql.take, {"k": check_key(key), "now": self._milliseconds()}))

    def swap(self, key: bytes, expected: bytes, new: bytes, seconds: int | None = None) -> bool:
        now = self._milliseconds()
        values = {"k": check_key(key), "old": expected, "v": new, "now": now}
        if seconds is None:
            return bool(self._run(self._sql.swap, values))
        return bool(self._run(self._sql.swap_and_prolong, values | {"until": now + milliseconds(seconds)}))

    def add_once(self, key: bytes, value: bytes, seconds: int) -> bool:
        now = self._milliseconds()
        values = {"k": check_key(key), "v": value, "now": now, "until": now + milliseconds(seconds)}
        return bool(self._run(self._sql.add_once, values))

    def count(self, key: bytes, seconds: int, by: int = 1) -> int:
        now = self._milliseconds()
        values = {"k": check_key(key), "by": check_hits(by), "now": now, "until": now + milliseconds(seconds)}
        return int(self._run(self._sql.count, values)[0][0])

    def delete(self, key: bytes) -> None:
        self._run(self._sql.delete, {"k": check_key(key)})

    def ping(self) -> None:
        self._run(self._sql.ping, {})

    def sweep(self, limit: int = 1000) -> int:
        """Remove at most `limit` expired entries in one short statement and tell how many; call again while
        it fills.
        """
        return len(self._run(self._sql.sweep, {"now": self._milliseconds(), "limit": limit}))

    def close(self) -> None:
        self._engine.dispose()

    def _milliseconds(self) -> int:
        return int(self._now() * 1000)

    def _run(self, statement: Executable, values: dict[str, Any]) -> Sequence[Row[Any]]:
        """Run one statement and return all its rows; only then is it committed."""
        if self._pid != os.getpid():
            self._after_fork()
        try:
            with self._engine.connect() as db:
                result = db.execute(statement, values)
                return result.all() if result.returns_rows else ()
        except (DBAPIError, PoolTimeout) as error:
            reason = type(error.orig if isinstance(error, DBAPIError) else error).__name__
            raise StoreUnavailable(f"embedded store: {reason}") from error

    def _after_fork(self) -> None:
        with self._fork_lock:
            if self._pid != os.getpid():
                _inherited.append(self._engine.pool)
                self._engine.dispose(close=False)
                self._pid = os.getpid()


class _Statements:
    """The statements of the store, built once; SQLAlchemy keeps their compiled form."""

    def __init__(self, dialect: str) -> None:
        insert = _INSERTS[dialect]
        k, v = bindparam("k", type_=LargeBinary), bindparam("v", type_=LargeBinary)
        now, until = bindparam("now", type_=BigInteger), bindparam("until", type_=BigInteger)
        entry = _entry.c
        live = (entry.key == k) & (entry.expires_at > now)
        new = insert(_entry).values(key=k, value=v, expires_at=until, hits=0)
        replaced = {"value": new.excluded.value, "expires_at": new.excluded.expires_at, "hits": 0}
        self.put = new.on_conflict_do_update(index_elements=[entry.key], set_=replaced)
        self.add_once = new.on_conflict_do_update(
            index_elements=[entry.key], set_=replaced, where=entry.expires_at <= now
        ).returning(literal(1))
        self.get = select(entry.value).where(live)
        self.take = delete(_entry).where(live).returning(entry.value)
        mine = update(_entry).where(live, entry.value == bindparam("old", type_=LargeBinary))
        self.swap = mine.values(value=v).returning(literal(1))
        self.swap_and_prolong = mine.values(value=v, expires_at=until).returning(literal(1))
        self.count = _count(insert)
        self.delete = delete(_entry).where(entry.key == k)
        self.ping = select(literal(1)).select_from(_entry).limit(1)
        # Rows that another sweep has in hand are passed over, so two sweeps never wait for each other.
        # They are chosen before anything is removed: PostgreSQL may run a bare subquery anew for every row, which finds
        # `limit` further ones each time.
        chosen = select(entry.key).where(entry.expires_at <= now).limit(bindparam("limit"))
        ended = chosen.with_for_update(skip_locked=True).cte("ended")
        self.sweep = (
            delete(_entry)
            .where(entry.key.in_(select(ended.c.key)), entry.expires_at <= now)
            .returning(literal(1))
        )


def _require_supported(database: str) -> None:
    if database not in _INSERTS:
        raise SettingsRefused("settings.ephemeral", f"no embedded store on {database}")


def _count(insert: Callable[..., Any]) -> Executable:
    by = bindparam("by", type_=Integer)
    first = insert(_entry).values(key=bindparam("k"), value=b"", expires_at=bindparam("until"), hits=by)
    live = _entry.c.expires_at > bindparam("now", type_=BigInteger)
    statement: Executable = first.on_conflict_do_update(
        index_elements=[_entry.c.key],
        set_={
            "hits": case((live, _entry.c.hits + by), else_=by),
            "expires_at": case((live, _entry.c.expires_at), else_=first.excluded.expires_at),
        },
    ).returning(_entry.c.hits)
    return statement


def _value(rows: Sequence[Row[Any]]) -> bytes | None:
    return bytes(rows[0][0]) if rows else None


def _sqlite_engine(url: str) -> Engine:
    # One connection for the process: SQLite has one writer, and a queue in memory is fairer than polling its
    # lock.
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=1,
        max_overflow=0,
        pool_timeout=BUSY_TIMEOUT_MS / 1000,
        pool_reset_on_return=None,
        hide_parameters=True,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
            _set(connection, pragma)

    return engine


def _set(connection: Any, pragma: str) -> None:
    """Set a pragma. SQLite does not wait when several first connections change the journal at once: we do, for a second."""
    for _ in range(TRIES_TO_SET):
        try:
            connection.execute(f"PRAGMA {pragma}")
        except sqlite3.OperationalError:
            time.sleep(1 / TRIES_TO_SET)
        else:
            return
    connection.execute(f"PRAGMA {pragma}")


def _server_engine(url: str) -> Engine:
    return create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_timeout=BUSY_TIMEOUT_MS / 1000,
        pool_use_lifo=True,
        pool_reset_on_return=None,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT, "tcp_user_timeout": BUSY_TIMEOUT_MS},
    )
