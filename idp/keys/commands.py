"""`yihao key list|show|rotate|publish|activate|retire|verify`: the life of key pairs, for system and security officers."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import click
from rich.table import Table

from crypto.keys.handle import Algorithm
from idp.commands import instance, terminal
from idp.commands.worded import command, option
from idp.keys import shown, store
from idp.keys.checkup import Finding, examine
from idp.keys.keyring import WANTED
from idp.keys.lifecycle import Actor, Lifecycle
from idp.keys.models import KeyPurpose
from idp.wiring import Services

PURPOSES = sorted({purpose.value for purpose, _ in WANTED})
ALGORITHMS = sorted({algorithm for _, algorithm in WANTED})


@command("key list")
@option("--json", "as_json", is_flag=True, help="option.json")
def list_keys(as_json: bool) -> None:
    """Every key with its state and timeline."""
    with instance.services(instance.settings()) as services:
        services.foundation.keyring.usage.flush()
        with services.sql.once() as db:
            pairs = [shown.pair(row, services.settings.keys) for row in store.list_all_key_pairs(db)]
            data = [shown.data_key(row) for row in store.list_all_data_keys(db)]
            roots = [shown.root_key(row) for row in store.list_root_keys(db)]
    if as_json:
        terminal.give({"keys": pairs, "data_keys": data, "root_keys": roots})
        return
    _give_table(("kid", "purpose", "algorithm", "provider", "state", "used", "since"), pairs)
    _give_table(("purpose", "version", "provider", "state", "used", "since"), data)
    _give_table(("generation", "form", "state", "threshold", "holders"), roots)


@command("key show", may_begin_with_dash=True)
@click.argument("kid", metavar="KID")
@option("--json", "as_json", is_flag=True, help="option.json")
def show(kid: str, as_json: bool) -> None:
    """One key pair with its public key."""
    with instance.services(instance.settings()) as services:
        with services.sql.once() as db:
            row = store.find_key_pair(db, kid)
        if row is None:
            raise terminal.Fault("key.unknown", kid=kid)
        about = {**shown.pair(row, services.settings.keys), "public_jwk": dict(row.public_jwk)}
    if as_json:
        terminal.give(about)
        return
    for name, value in about.items():
        if isinstance(value, dict):
            click.echo(f"{name}:")
            for inner, text in value.items():
                click.echo(f"  {inner:<16}{text}")
        else:
            click.echo(f"{name:<18}{value}")


@command("key rotate")
@click.argument("purpose", type=click.Choice(PURPOSES))
@click.argument("algorithm", type=click.Choice(ALGORITHMS))
@option("--emergency", "is_emergency", is_flag=True, help="option.emergency")
@option("--yes", "is_sure", is_flag=True, help="option.yes")
@option("--json", "as_json", is_flag=True, help="option.json")
def rotate(purpose: str, algorithm: Algorithm, is_emergency: bool, is_sure: bool, as_json: bool) -> None:
    """Publish the successor of a key; in an emergency it signs at once and the old one ends."""
    if (
        is_emergency
        and not is_sure
        and click.prompt(terminal.words("prompt.emergency"), err=True) != algorithm
    ):
        raise terminal.Fault("aborted")
    if (KeyPurpose(purpose), algorithm) not in WANTED:
        raise terminal.Fault("key.no_such_pair", terminal.USAGE, purpose=purpose, algorithm=algorithm)
    with instance.services(instance.settings()) as services:
        lifecycle = services.lifecycle
        act = lifecycle.replace_now if is_emergency else lifecycle.make
        kid = act(KeyPurpose(purpose), algorithm, _actor("emergency" if is_emergency else "officer"))
        _give_key(services, kid, as_json)


@command("key publish", may_begin_with_dash=True)
@click.argument("kid", metavar="KID")
@option("--json", "as_json", is_flag=True, help="option.json")
def publish(kid: str, as_json: bool) -> None:
    """Put a created key into the key set."""
    _move(Lifecycle.publish, kid, as_json)


@command("key activate", may_begin_with_dash=True)
@click.argument("kid", metavar="KID")
@option("--json", "as_json", is_flag=True, help="option.json")
def activate(kid: str, as_json: bool) -> None:
    """Let a published key sign in place of the active one."""
    _move(Lifecycle.activate, kid, as_json)


@command("key retire", may_begin_with_dash=True)
@click.argument("kid", metavar="KID")
@option("--json", "as_json", is_flag=True, help="option.json")
def retire(kid: str, as_json: bool) -> None:
    """End the verification by a key."""
    _move(Lifecycle.retire, kid, as_json)


@command("key verify")
@option("--json", "as_json", is_flag=True, help="option.json")
@click.pass_context
def verify(ctx: click.Context, as_json: bool) -> None:
    """Open and try every key; exit code 6 when one is not what its row says."""
    with instance.services(instance.settings()) as services:
        findings = examine(services.sql, services.foundation.providers)
    faults = [finding for finding in findings if finding.fault is not None]
    if as_json:
        terminal.give({"ok": not faults, "checked": [_finding(each) for each in findings]})
    else:
        for each in findings:
            click.echo(f"{each.kind:<10}{each.name:<40}{each.fault or 'ok'}")
        terminal.say("key.verified" if not faults else "key.differs", count=len(findings), faults=len(faults))
    ctx.exit(terminal.DIFFERENCES if faults else terminal.OK)


VERBS: tuple[click.Command, ...] = (list_keys, show, rotate, publish, activate, retire, verify)


def _actor(reason: str) -> Actor:
    return Actor(instance.actor(), instance.place(), reason)


def _move(act: Callable[[Lifecycle, str, Actor], None], kid: str, as_json: bool) -> None:
    with instance.services(instance.settings()) as services:
        act(services.lifecycle, kid, _actor("officer"))
        _give_key(services, kid, as_json)


def _give_key(services: Services, kid: str, as_json: bool) -> None:
    with services.sql.once() as db:
        about = shown.pair(store.find_key_pair(db, kid), services.settings.keys)
    if as_json:
        terminal.give(about)
        return
    click.echo(f"{kid} {about['purpose']} {about['algorithm']} {about['state']}")
    following = about["next"]
    if isinstance(following, dict) and following["not_before"]:
        terminal.say("key.next", state=following["state"], since=_local(str(following["not_before"])))


def _give_table(columns: tuple[str, ...], rows: list[dict[str, object]]) -> None:
    """A table on stdout; `since` is the instant at which the present state was entered."""
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        steps = row.get("timeline")
        since = _local(str(steps[str(row["state"])])) if isinstance(steps, dict) else ""
        table.add_row(*(since if name == "since" else str(row[name]) for name in columns))
    terminal.data_console().print(table)


def _local(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _finding(finding: Finding) -> dict[str, Any]:
    return {"kind": finding.kind, "name": finding.name, "ok": finding.fault is None, "fault": finding.fault}
