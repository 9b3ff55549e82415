"""Bringing the tables to the present revision: one straight line, forward at start-up commands, checked at boot."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from idp.errors import SettingsRefused
from idp.storage.engine import Sql

FOLDER = Path(__file__).parent / "migrations"
# It tells of every look at the tables; what it changes is told by the commands.
logging.getLogger("alembic").setLevel(logging.WARNING)


def upgrade(sql: Sql, revision: str = "head") -> None:
    """Apply all migrations that are missing."""
    command.upgrade(_config(sql), revision)


def downgrade(sql: Sql, revision: str) -> None:
    """Undo migrations down to `revision`."""
    command.downgrade(_config(sql), revision)


def require_current(sql: Sql) -> None:
    """Raise SettingsRefused unless the tables are of the revision that this code was written for."""
    with sql.once() as db:
        found = MigrationContext.configure(db).get_current_revision()
    wanted = ScriptDirectory(str(FOLDER)).get_current_head()
    if found != wanted:
        raise SettingsRefused(
            "settings.refused",
            f"tables at {found}, code at {wanted}",
            faults="database: run `yihao migrate` first",
        )


def _config(sql: Sql) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["engine"] = sql.engine
    return config
