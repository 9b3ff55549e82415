"""`yihao health`."""

from functools import partial
from typing import Any

import click

from crypto.errors import DeviceUnavailable
from crypto.keys.handle import KeyProvider
from crypto.sm import sm2
from idp.audit.service import Audit
from idp.clock import SystemClock
from idp.commands import instance, terminal
from idp.commands.worded import command, option
from idp.ephemeral.open import open_store
from idp.errors import Unavailable
from idp.keys.alarms import Alarms
from idp.keys.datakeys import LENGTHS, DataKeys
from idp.keys.devices import open_device
from idp.keys.engine import settle
from idp.keys.keyring import Keyring
from idp.keys.providers import Providers
from idp.keys.root import open_provider
from idp.observe.health import Health
from idp.observe.metrics import Metrics
from idp.outbound import Outbound
from idp.settings import Profile
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
    outbound = Outbound(settings.outbound, settings.profile is Profile.SANDBOX)
    device = open_device(settings, sql, SystemClock(), outbound)
    engine = sm2.choose(settings.keys.engine).name
    report = Health(
        {
            "selftest": partial(settle, settings.keys, settings.profile),
            "database": sql.ping,
            "migrations": partial(require_current, sql),
            "ephemeral": partial(_ask_ephemeral, settings),
            "keys": partial(_open_keys, settings, sql, device),
            "device": partial(_ask_device, device),
        }
    ).ready()
    if as_json:
        terminal.give({"ok": report.ok, "checks": dict(report.checks), "engine": engine})
    else:
        for name, state in report.checks.items():
            click.echo(f"{name:<12}{state}")
        click.echo(f"{'engine':<12}{engine}")
        terminal.say("health.ok" if report.ok else "health.not_ok")
    sql.close()
    ctx.exit(terminal.OK if report.ok else terminal.FAILED)


def _ask_ephemeral(settings: Any) -> None:
    store = open_store(settings.redis.url, embedded_url(settings.database.url))
    try:
        store.ping()
    finally:
        store.close()


def _open_keys(settings: Any, sql: Sql, device: KeyProvider | None) -> None:
    """Open every key there is."""
    clock = SystemClock()
    provider = open_provider(settings.keys, settings.profile, sql, device)
    for purpose in LENGTHS:
        DataKeys(sql, provider, clock).versions(purpose)
    alarms = Alarms(Audit(sql, clock), Metrics())
    Keyring(sql, Providers(provider, device), Stamps(sql, clock), clock, alarms).open_all()


def _ask_device(device: KeyProvider | None) -> None:
    if device is None:
        return
    try:
        device.check()
    except DeviceUnavailable:
        raise Unavailable("svc.down", f"key device {device.name} does not answer") from None
