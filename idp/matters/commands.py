"""`yihao matter …`: the catalogue of matters, seen and replaced as one piece."""

from pathlib import Path
from typing import Any

import click
from rich.table import Table

from idp.claims.catalogue import BY_NAME
from idp.commands import instance, terminal
from idp.commands.worded import Group, command, option
from idp.importing.problems import ROW_WORDS
from idp.matters.catalogue import COLUMNS, Fault, Plan, read
from idp.matters.commands_words import PROBLEMS
from idp.matters.store import Matter

LISTED = ("code", "name", "department", "level", "capacities", "state")
SHOWN = 20


@click.group("matter", cls=Group, help="matter")
def matter() -> None:
    """The noun."""


@command("matter list")
@option("--json", "as_json", is_flag=True, help="option.json")
def list_matters(as_json: bool) -> None:
    """Every matter, retired ones too."""
    with instance.services(instance.settings()) as services:
        matters = services.people.matters.list_all()
    if as_json:
        terminal.give({"matters": [_about(one) for one in matters]})
        return
    table = Table(*LISTED, box=None, pad_edge=False)
    for one in matters:
        about = _about(one)
        table.add_row(*(_cell(about[column]) for column in LISTED))
    terminal.data_console().print(table)


@command("matter import")
@click.argument("source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@option("--dry-run", "is_dry", is_flag=True, help="option.dry_run")
@option("--json", "as_json", is_flag=True, help="option.json")
def import_matters(source: Path, is_dry: bool, as_json: bool) -> None:
    """Make a file the catalogue: all of it, or nothing when any row is wrong."""
    wanted = _read(source, as_json)
    with instance.services(instance.settings()) as services:
        matters = services.people.matters
        done = (
            matters.plan(wanted)
            if is_dry
            else matters.replace_all(wanted, instance.actor(), instance.place())
        )
    _give(done, is_dry, as_json)


def _read(source: Path, as_json: bool) -> list[Matter]:
    """The matters of a file; what is wrong with it is said, and ends the command."""
    try:
        found = read(source, frozenset(BY_NAME))
    except OSError as error:
        raise terminal.Fault("file.unusable", path=error.filename or source) from error
    faults = [one for one in found if isinstance(one, Fault)]
    if not faults:
        return [one for one in found if isinstance(one, Matter)]
    if as_json:
        told = [{"line": one.line, "field": one.field, "code": one.code} for one in faults]
        terminal.give({"problems": told})
    else:
        for one in faults[:SHOWN]:
            terminal.say("matter.problem", line=one.line, field=_field(one.field), what=_words(one.code))
    raise terminal.Fault("matter.refused", path=source, count=len(faults))


def _give(done: Plan, is_dry: bool, as_json: bool) -> None:
    counts = {"added": len(done.added), "changed": len(done.changed), "retired": len(done.retired)}
    if as_json:
        told = [{"code": one.code, "kind": one.kind, "fields": one.fields} for one in done.differences]
        terminal.give({"is_dry_run": is_dry, **counts, "differences": told})
        return
    for one in done.differences:
        kind = terminal.words(f"matter.{one.kind}")
        fields = ", ".join(map(_field, one.fields)) if one.kind == "changed" else ""
        click.echo(f"{kind}  {one.code}  {fields}".rstrip())
    terminal.say("matter.would" if is_dry else "matter.done", **counts)


def _about(one: Matter) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "name_en": one.name_en,
        "department": one.department,
        "level": one.level,
        "why": one.why,
        "why_en": one.why_en,
        "capacities": sorted(one.capacities),
        "claims": sorted(one.claims),
        "ends_at_once": one.ends_at_once,
        "state": one.state.value,
        "version": one.version,
    }


def _cell(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _field(name: str) -> str:
    """The name of a column, as its header stands in files."""
    return COLUMNS[name][terminal.language()] if name in COLUMNS else name


def _words(code: str) -> str:
    return (PROBLEMS.get(code) or ROW_WORDS[code])[terminal.language()]
