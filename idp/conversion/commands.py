"""`yihao org convert|queue|settle|dismiss|resolve`: old codes turned into new ones."""

from pathlib import Path
from typing import Any, Final

import click
from rich.table import Table

from idp.commands import instance, terminal
from idp.commands.importing import import_options, run_import
from idp.commands.worded import command, option
from idp.conversion import converting_file
from idp.conversion.converting import Conversion
from idp.conversion.models import ConversionState
from idp.conversion.store import Item
from idp.identifiers.masking import mask_id_number, mask_name, mask_uscc
from idp.organisations.codes import TypedCode
from idp.wiring import Services

AT_ONCE: Final = 50
QUEUED: Final = ("ambiguous", "duplicate", "bad_checksum", "manual")
LISTED: Final = ("id", "line", "state", "why", "name", "codes", "candidates")
SOLE_TRADERS: Final = "92"


@command("org convert")
@import_options
@click.pass_context
def convert(ctx: click.Context, source: Path, is_dry: bool, bad: Path | None, as_json: bool) -> None:
    """Convert a file. Exit code 1 when a record was left for a person to decide or the run was stopped."""
    ctx.exit(run_import(converting_file.opened, conversion_of, source, is_dry, bad, as_json))


@command("org queue")
@option("--state", type=click.Choice(QUEUED), help="option.queue_state")
@option("--after", default="", help="option.after")
@option("--json", "as_json", is_flag=True, help="option.json")
def list_queue(state: str | None, after: str, as_json: bool) -> None:
    """Records that wait, 50 at a time."""
    wanted = ConversionState(state) if state else None
    with instance.services(instance.settings()) as services, services.sql.once() as db:
        items = services.people.queue.list_open(db, wanted, after, AT_ONCE)
        counts = services.people.queue.count_open(db)
    if as_json:
        waiting = {one.value: number for one, number in counts.items()}
        terminal.give({"waiting": waiting, "items": [_about(one) for one in items]})
        return
    table = Table(*LISTED, box=None, pad_edge=False)
    for one in items:
        table.add_row(*(_cell(_about(one)[column]) for column in LISTED))
    terminal.data_console().print(table)
    terminal.say("queue.waiting", count=sum(counts.values()))
    if len(items) == AT_ONCE:
        terminal.say("queue.more", after=items[-1].id)


@command("org settle")
@click.argument("item")
@click.argument("uscc")
@option("--why", required=True, help="option.why")
def settle(item: str, uscc: str, why: str) -> None:
    """Give a waiting record to an organisation."""
    with instance.services(instance.settings()) as services, services.sql.begin() as db:
        to = services.people.queue.settle(db, item, uscc, why[:200], instance.actor(), instance.place())
    terminal.say("queue.settled", item=item, uscc=to.uscc)


@command("org dismiss")
@click.argument("item")
@option("--why", required=True, help="option.why")
def dismiss(item: str, why: str) -> None:
    """Say that a waiting record is nobody's."""
    with instance.services(instance.settings()) as services, services.sql.begin() as db:
        services.people.queue.dismiss(db, item, why[:200], instance.actor(), instance.place())
    terminal.say("queue.dismissed", item=item)


@command("org resolve")
@click.argument("code")
@option("--json", "as_json", is_flag=True, help="option.json")
def resolve(code: str, as_json: bool) -> None:
    """The organisation of a code, old or new."""
    with instance.services(instance.settings()) as services, services.sql.once() as db:
        found = services.people.organisations.resolve(db, code)
    if found is None:
        raise terminal.Fault("organisation.unknown")
    one, old = found.organisation, found.old_kind
    if as_json:
        about = {"uscc": one.uscc, "name": _named(one.uscc, one.name), "status": one.status.value}
        terminal.give({**about, "resolved_from": old})
        return
    click.echo(f"{one.uscc}  {_named(one.uscc, one.name)}  {one.status.value}")
    if old is not None:
        terminal.say("resolve.old", uscc=one.uscc)


def conversion_of(services: Services) -> Conversion:
    """The conversion, over these services."""
    return services.people.conversion


def _about(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "line": item.line,
        "state": item.state.value,
        "why": item.why,
        "name": _named(item.candidates[0] if item.candidates else SOLE_TRADERS, item.name),
        "codes": [f"{code.kind}={_shown(code)}" for code in item.codes],
        "stated_uscc": item.stated_uscc and mask_uscc(item.stated_uscc),
        "candidates": list(item.candidates),
        "since": item.created_at.isoformat(),
    }


def _named(uscc: str, name: str) -> str:
    """A name as it may be shown: a sole trader's may be a person's (china.md §3.9)."""
    return mask_name(name) if uscc.startswith(SOLE_TRADERS) else name


def _shown(code: TypedCode) -> str:
    return mask_id_number(code.value) if code.is_personal else code.value


def _cell(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
