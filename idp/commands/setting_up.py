"""`yihao init` and `yihao migrate`."""

from pathlib import Path
from typing import Any

import click

from idp.commands import instance, terminal
from idp.commands.worded import command, option
from idp.composition import prepare
from idp.errors import SettingsRefused
from idp.keys import store as key_store
from idp.keys.data import store as data_store
from idp.keys.models import KeyPurpose
from idp.storage import migrate as migrations
from idp.storage.engine import Sql

PARTS = ("root_key", "tables", "data_keys", "signing_keys")


@command("init")
@option("--json", "as_json", is_flag=True, help="option.json")
def init(as_json: bool) -> None:
    """Prepare the instance and say which parts were made and which were there."""
    settings = instance.settings()
    _make_folder(settings)
    before = _state(settings)
    prepare(settings)
    after = _state(settings)
    made = [part for part in PARTS if after[part] != before[part]]
    if as_json:
        terminal.give({"made": made, "kept": [part for part in PARTS if part not in made], **after})
        return
    terminal.say("init.done")
    for part in PARTS:
        mark = terminal.words("init.made" if part in made else "init.kept")
        click.echo(f"{terminal.words(f'init.{part}')}: {mark}")


@command("migrate")
def migrate() -> None:
    """Bring the tables to this version."""
    settings = instance.settings()
    _make_folder(settings)
    sql = Sql(settings.database.url, settings.database.pool_size)
    try:
        sql.ping()
        migrations.upgrade(sql)
    finally:
        sql.close()
    terminal.say("migrate.done")


def _make_folder(settings: Any) -> None:
    """The folder of an SQLite file: the database makes the file, but not where it lies."""
    sql = Sql(settings.database.url)
    if sql.is_sqlite and sql.url.database:
        Path(sql.url.database).parent.mkdir(parents=True, exist_ok=True)
    sql.close()


def _state(settings: Any) -> dict[str, Any]:
    """Each part as it stands: whether it is there, or how many there are."""
    state: dict[str, Any] = dict.fromkeys(PARTS, 0)
    sql = Sql(settings.database.url, settings.database.pool_size)
    try:
        sql.ping()
        state["tables"] = _are_current(sql)
        if state["tables"]:
            with sql.once() as db:
                state["root_key"] = bool(key_store.list_root_keys(db))
                state["data_keys"] = len(data_store.list_live(db))
                state["signing_keys"] = len(key_store.list_key_pairs(db, KeyPurpose.TOKEN))
    finally:
        sql.close()
    return state


def _are_current(sql: Sql) -> bool:
    try:
        migrations.require_current(sql)
    except SettingsRefused:
        return False
    return True
