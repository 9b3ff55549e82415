"""`yihao health`."""

from functools import partial
from typing import Any

import click

from crypto.sm import selftest
from idp.clock import SystemClock
from idp.commands import instance, terminal
from idp.commands.worded import command, option
from idp.ephemeral.open import open_store
from idp.keys.datakeys import LENGTHS, DataKeys
from idp.keys.keyring import Keyring
from idp.keys.root import open_root_key
from idp.observe.health import Health
from idp.storage.engine import Sql
from idp.storage.migrate import require_current
from idp.storage.stamps import Stamps
from idp.wiring import embedded_url


@command("health")
@option("--json", "as_json", is_flag=True, help="option.json")
@click.pass_context
def health(ctx: click.Context, as_json: bool) -> None:
    """Check every part by itself, so that one that is down does not hide the others. Exit code 1 when one is not fit."""
    settings = instance.settings()
    sql = Sql(settings.database.url, settings.database.pool_size)
    report = Health(
        {
            "selftest": _run_selftest,
            "database": sql.ping,
            "migrations": partial(require_current, sql),
            "ephemeral": partial(_ask_ephemeral, settings),
            "keys": partial(_open_keys, settings, sql),
        }
    ).ready()
    if as_json:
        terminal.give({"ok": report.ok, "checks": dict(report.checks)})
    else:
        for name, state in report.checks.items():
            click.echo(f"{name:<12}{state}")
        terminal.say("health.ok" if report.ok else "health.not_ok")
    sql.close()
    ctx.exit(terminal.OK if report.ok else terminal.FAILED)


def _run_selftest() -> None:
    selftest.run()


def _ask_ephemeral(settings: Any) -> None:
    store = open_store(settings.redis.url, embedded_url(settings.database.url))
    try:
        store.ping()
    finally:
        store.close()


def _open_keys(settings: Any, sql: Sql) -> None:
    """Open every key there is with the root key."""
    provider = open_root_key(settings.keys.root_key_file, settings.profile)
    clock = SystemClock()
    for purpose in LENGTHS:
        DataKeys(sql, provider, clock).versions(purpose)
    Keyring(sql, provider, Stamps(sql, clock), clock).check()
