"""Bringing the tables to the present revision: one straight line, forward at start-up commands, checked at boot."""

import logging
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from idp.errors import SettingsRefused
from idp.storage.engine import Sql

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"
# It tells of every look at the tables; what it changes is told by the commands.
logging.getLogger("alembic").setLevel(logging.WARNING)


def upgrade(sql: Sql, revision: str = "head") -> None:
    """Apply all migrations that are missing."""
    from alembic import command  # noqa: PLC0415 - half a second that a process which serves need not spend

    command.upgrade(_config(sql), revision)


def downgrade(sql: Sql, revision: str) -> None:
    """Undo migrations down to `revision`."""
    from alembic import command  # noqa: PLC0415 - as above

    command.downgrade(_config(sql), revision)


def require_current(sql: Sql) -> None:
    """Raise SettingsRefused unless the tables are of the revision that this code was written for."""
    with sql.once() as db:
        is_prepared = inspect(db).has_table("alembic_version")
        found = db.execute(text("SELECT version_num FROM alembic_version")).scalar() if is_prepared else None
    wanted = head()
    if found != wanted:
        raise SettingsRefused(
            "settings.refused",
            f"tables at {found}, code at {wanted}",
            faults="database: run `yihao migrate` first",
        )


@cache
def head() -> str:
    """The newest revision: migrations are one straight line whose files begin with their revision, NNNN_<verb>_<noun>."""
    return max(path.name for path in (FOLDER / "versions").glob("[0-9]*.py")).partition("_")[0]


def _config(sql: Sql) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["engine"] = sql.engine
    return config
