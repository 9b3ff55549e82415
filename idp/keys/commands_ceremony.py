"""`yihao key ceremony …`: open, collect evidence, carry out, see. What needs no instance is in `commands_officer`."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from idp.commands import instance, terminal
from idp.commands.worded import Group, command, option
from idp.keys.ceremonies import store
from idp.keys.ceremonies.destroy import DATA, PAIR
from idp.keys.ceremonies.destroy import NAME as DESTROY
from idp.keys.ceremonies.kind import CeremonyRefused, Wish
from idp.keys.ceremonies.kinds import KINDS
from idp.keys.ceremonies.service import MOST_DAYS, USUAL_DAYS, Caller, kept_evidence
from idp.keys.commands_ceremony_place import acting, over_tables
from idp.keys.commands_officer import described, sign, verify
from idp.keys.commands_officer_files import FILE, read_file, read_officer, write_new
from idp.keys.models import RootForm
from idp.keys.statement import QuorumRefused, Statement, read_evidence, read_statement
from idp.storage.engine import Sql

FORMS = (RootForm.SHARES.value, RootForm.DEVICE.value)


@click.group("ceremony", cls=Group, help="key ceremony")
def ceremony() -> None:
    """The noun."""


@command("key ceremony open")
@click.argument("kind", type=click.Choice(sorted(KINDS)))
@option("--officer", "officers", multiple=True, metavar="LABEL=FILE", help="option.ceremony_officer")
@option("--threshold", type=click.IntRange(2, 16), help="option.ceremony_threshold")
@option("--leaving", metavar="LABEL", help="option.ceremony_leaving")
@option("--form", type=click.Choice(FORMS), help="option.ceremony_form")
@option("--target", metavar="KEY", help="option.ceremony_target")
@option("--backup", "backup_file", type=FILE, help="option.ceremony_backup")
@option(
    "--days",
    type=click.IntRange(1, MOST_DAYS),
    default=USUAL_DAYS,
    show_default=True,
    help="option.ceremony_days",
)
@option("-o", "--out", type=FILE, help="option.statement_out")
@option("--json", "as_json", is_flag=True, help="option.json")
def open_one(
    kind: str,
    officers: tuple[str, ...],
    threshold: int | None,
    leaving: str | None,
    form: str | None,
    target: str | None,
    backup_file: Path | None,
    days: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Plan a ceremony, and write the statement that officers sign to a file."""
    wish = Wish(
        officers=tuple(read_officer(each) for each in officers),
        threshold=threshold,
        leaving=leaving,
        form=None if form is None else RootForm(form),
        target=target,
        file=None if backup_file is None else read_file(backup_file),
    )
    _open(kind, wish, days, out, as_json)


@command("key destroy", may_begin_with_dash=True)
@click.argument("name", metavar="KEY")
@option("-o", "--out", type=FILE, help="option.statement_out")
@option("--json", "as_json", is_flag=True, help="option.json")
@click.pass_context
def destroy(ctx: click.Context, name: str, out: Path | None, as_json: bool) -> None:
    """Propose the destruction of a retired key, by kid or purpose:version; officers agree in a ceremony."""
    target = f"{DATA}:{name}" if ":" in name else f"{PAIR}:{name}"
    _open(DESTROY, Wish(target=target), USUAL_DAYS, out, as_json)
    ctx.exit(terminal.NEEDS_APPROVAL)


@command("key ceremony add-evidence")
@click.argument("ceremony_id", metavar="ID")
@click.argument("evidence_file", type=FILE, metavar="FILE")
@option("--json", "as_json", is_flag=True, help="option.json")
def add_evidence(ceremony_id: str, evidence_file: Path, as_json: bool) -> None:
    """Verify an officer's evidence and keep it."""
    with over_tables() as (ceremonies, _), _denying():
        evidence = read_evidence(read_file(evidence_file))
        have, need = ceremonies.add_evidence(ceremony_id, evidence, _caller())
    if as_json:
        terminal.give({"id": ceremony_id, "officer": evidence.officer_id, "have": have, "need": need})
    terminal.say("ceremony.evidence", have=have, need=need)


@command("key ceremony execute")
@click.argument("ceremony_id", metavar="ID")
@option("--backup", "backup_file", type=FILE, help="option.ceremony_backup")
@option("-o", "--out", type=FILE, help="option.record_out")
@option("--json", "as_json", is_flag=True, help="option.json")
def execute(ceremony_id: str, backup_file: Path | None, out: Path | None, as_json: bool) -> None:
    """Carry out what enough officers agreed to; exit code 5 while there are too few."""
    path = out or Path(f"ceremony-{ceremony_id}.record.txt")
    with over_tables() as (_, sql):
        statement = _statement(sql, ceremony_id)
    if path.exists():
        raise terminal.Fault("file.exists", terminal.USAGE, path=path)
    is_backup = statement.kind == "backup"
    if is_backup and backup_file is None:
        raise terminal.Fault("ceremony.file_needed", terminal.USAGE)
    given = read_file(backup_file) if backup_file is not None and not is_backup else None
    deliver = partial(write_new, backup_file, mode=0o600) if backup_file is not None and is_backup else None
    with acting(statement.kind) as ceremonies:
        try:
            outcome = ceremonies.execute(ceremony_id, _caller(), given, deliver)
        except QuorumRefused as refused:
            if refused.reason != "too_few":
                raise terminal.Fault(refused.code, terminal.DENIED, **refused.values) from refused
            click.echo(statement.canonical().decode())
            raise terminal.Fault(refused.code, terminal.NEEDS_APPROVAL, **refused.values) from refused
    write_new(path, outcome.record.encode())
    if as_json:
        terminal.give({"id": ceremony_id, "record": str(path), "agent_holds_root": outcome.is_handed_on})
    _say_done(statement.kind, path, outcome.is_handed_on)


@command("key ceremony show")
@click.argument("ceremony_id", metavar="ID")
@option("--record", "is_record", is_flag=True, help="option.ceremony_record")
@option("--statement", "is_statement", is_flag=True, help="option.ceremony_statement")
@option("--json", "as_json", is_flag=True, help="option.json")
def show(ceremony_id: str, is_record: bool, is_statement: bool, as_json: bool) -> None:
    """One ceremony: what is to be done, who agreed, or its statement or record as the tables keep them."""
    with over_tables() as (_, sql):
        statement = _statement(sql, ceremony_id)
        with sql.once() as db:
            row = store.find_ceremony(db, ceremony_id)
            evidence = kept_evidence(db, statement)
    record = row.record if row is not None else None
    if is_record or is_statement:
        if is_record and record is None:
            raise terminal.Fault("ceremony.no_record")
        click.echo(record if is_record else statement.canonical().decode(), nl=is_statement)
        return
    agreed = [_label(statement, each.officer_id) for each in evidence]
    if as_json:
        about = {"state": row.state.value if row else "", "agreed": agreed, "has_record": record is not None}
        terminal.give({**_about(statement), **about})
        return
    for line in described(statement):
        click.echo(line)
    click.echo(f"{terminal.words('ceremony.label_state')}: {row.state.value if row else ''}")
    click.echo(f"{terminal.words('ceremony.label_agreed')}: {', '.join(agreed) or '-'}")


@command("key ceremony list")
@option("--json", "as_json", is_flag=True, help="option.json")
def list_all(as_json: bool) -> None:
    """All ceremonies, oldest first."""
    with over_tables() as (_, sql), sql.once() as db:
        found = [
            {
                "id": row.id,
                "kind": row.kind,
                "state": row.state.value,
                "opened_at": row.opened_at.isoformat(),
                "expires_at": row.expires_at.isoformat(),
                "have": len(store.list_evidence(db, row.id)),
                "need": row.threshold,
            }
            for row in store.list_ceremonies(db)
        ]
    if as_json:
        terminal.give({"ceremonies": found})
        return
    for each in found:
        click.echo(
            f"{each['id']}  {each['kind']:<16}{each['state']:<11}{each['have']}/{each['need']}  {each['opened_at']}"
        )


@command("key ceremony abandon")
@click.argument("ceremony_id", metavar="ID")
@option("--json", "as_json", is_flag=True, help="option.json")
def abandon(ceremony_id: str, as_json: bool) -> None:
    """Give an open ceremony up."""
    with over_tables() as (ceremonies, _):
        ceremonies.abandon(ceremony_id, _caller())
    if as_json:
        terminal.give({"id": ceremony_id, "state": "abandoned"})
    terminal.say("ceremony.abandoned")


for _verb in (open_one, sign, add_evidence, execute, show, list_all, abandon, verify):
    ceremony.add_command(_verb)


@contextmanager
def _denying() -> Iterator[None]:
    """Evidence that does not count is a denial: exit code 4."""
    try:
        yield
    except (QuorumRefused, CeremonyRefused) as refused:
        raise terminal.Fault(refused.code, terminal.DENIED, **refused.values) from refused


def _statement(sql: Sql, ceremony_id: str) -> Statement:
    with sql.once() as db:
        row = store.find_ceremony(db, ceremony_id)
    if row is None:
        raise CeremonyRefused("unknown")
    return read_statement(row.statement.encode())


def _caller() -> Caller:
    return Caller(instance.actor(), instance.place())


def _open(kind: str, wish: Wish, days: int, out: Path | None, as_json: bool) -> None:
    with over_tables() as (ceremonies, _):
        statement = ceremonies.open(kind, wish, _caller(), days)
    path = out or Path(f"ceremony-{statement.id}.json")
    write_new(path, statement.canonical() + b"\n")
    if as_json:
        terminal.give({**_about(statement), "file": str(path)})
    else:
        click.echo(statement.id)
        for line in described(statement):
            click.echo(line, err=True)
    terminal.say("ceremony.opened", path=path, threshold=statement.threshold)


def _about(statement: Statement) -> dict[str, object]:
    return {
        "id": statement.id,
        "kind": statement.kind,
        "digest": statement.digest(),
        "threshold": statement.threshold,
        "statement": statement.as_json(),
    }


def _label(statement: Statement, officer_id: str) -> str:
    officer = statement.officer(officer_id)
    return officer_id if officer is None else officer.label


def _say_done(kind: str, path: Path, is_handed_on: bool) -> None:
    terminal.say("ceremony.done", path=path)
    if kind == "initialise":
        terminal.say("ceremony.next_unseal")
        terminal.say("ceremony.next_file")
    elif kind in {"add-officer", "replace-officer", "rotate-root"}:
        terminal.say("ceremony.handed_on" if is_handed_on else "ceremony.next_unseal")
