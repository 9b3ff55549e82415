"""Alembic's entry: runs on the engine handed in by `storage.migrate`, one migration at a time."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, text

from idp.storage.base import Base

LOCK = 8_400_001
engine = context.config.attributes["engine"]


def _pragma(connection: Connection, words: str) -> list[Any]:
    """Say it to the driver itself: within a transaction, which SQLAlchemy would begin, it would mean nothing."""
    driver: Any = connection.connection.dbapi_connection
    return list(driver.execute(f"PRAGMA {words}"))


with engine.connect() as connection:
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        # A changed table is made anew under its name, and until then others refer to what is gone (SQLite, ALTER TABLE §7).
        _pragma(connection, "foreign_keys = OFF")
    if connection.dialect.name == "postgresql":
        # Two nodes starting at once take turns; the second finds nothing left to do.
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        connection.execute(text("SET statement_timeout = 0"))
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        render_as_batch=is_sqlite,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
        connection.commit()
    if is_sqlite:
        broken = _pragma(connection, "foreign_key_check")
        _pragma(connection, "foreign_keys = ON")
        if broken:
            raise RuntimeError(f"{len(broken)} rows refer to rows that are gone after the migration")
