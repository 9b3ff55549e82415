"""Whether the tables are those of this code is asked without loading what changes them."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from idp.errors import SettingsRefused
from idp.storage import migrate
from idp.storage.engine import Sql


def test_the_newest_file_is_the_head_of_the_line() -> None:
    """What the file names say is what the migrations themselves say."""
    assert migrate.head() == ScriptDirectory(str(migrate.FOLDER)).get_current_head()


def test_a_database_without_the_present_tables_is_refused(tmp_path: Path) -> None:
    """An empty database and one of another revision are refused; a migrated one is not."""
    sql = Sql(f"sqlite:///{tmp_path}/yihao.db")
    with pytest.raises(SettingsRefused):
        migrate.require_current(sql)
    migrate.upgrade(sql)
    migrate.require_current(sql)
    migrate.downgrade(sql, "base")
    with pytest.raises(SettingsRefused):
        migrate.require_current(sql)
    sql.close()
