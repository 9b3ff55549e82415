"""`yihao person import`: progress, problems in masked form, and a stop that leaves whole batches."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import click
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from crypto.passwords import PasswordHasher
from idp.accounts import import_file
from idp.accounts.import_report import BadRows, ImportReport, ShownProblem, error_file
from idp.accounts.importing import Importer, ImportRun
from idp.accounts.problems import FIELD_WORDS
from idp.authenticators.password import KIND
from idp.authenticators.store import CredentialStore
from idp.commands import instance, terminal
from idp.commands.worded import command, option
from idp.storage.engine import Db
from idp.wiring import Services

SHOWN_PROBLEMS: Final = 20
"""Problems that are printed for people; `--json` gives up to 100, the error file all."""


class FirstPasswords:
    """Hashes and keeps first passwords, for the importer."""

    def __init__(self, hasher: PasswordHasher, credentials: CredentialStore) -> None:
        self._hasher = hasher
        self._credentials = credentials

    def hash(self, password: str) -> str:
        """The text to keep, under the present parameters and pepper."""
        return self._hasher.hash(password)

    def add(self, db: Db, hashes: Sequence[tuple[str, str]], now: datetime) -> None:
        """Keep the hashes as password credentials."""
        self._credentials.add(db, KIND, hashes, now)


@command("person import")
@click.argument("source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@option("--dry-run", "is_dry", is_flag=True, help="option.dry_run")
@option("--report", "bad", type=click.Path(dir_okay=False, path_type=Path), help="option.report")
@option("--json", "as_json", is_flag=True, help="option.json")
@click.pass_context
def import_persons(ctx: click.Context, source: Path, is_dry: bool, bad: Path | None, as_json: bool) -> None:
    """Import a file. Exit code 1 when a row was refused or the run was stopped."""
    report = ImportReport()
    with instance.services(instance.settings()) as services:
        try:
            with import_file.opened(source) as file, error_file(bad, source) as out:
                terminal.say("import.encoding", encoding=file.encoding, lines=file.lines)
                with _told(file.lines) as tell, _stop_asked() as is_stopped:
                    run = ImportRun(instance.actor(), instance.place(), is_dry, is_stopped, tell)
                    importer_of(services).run(file, run, report, BadRows(file, report, out))
        except OSError as error:
            raise terminal.Fault("file.unusable", path=error.filename) from error
    _give_report(report, is_dry, bad, as_json)
    ctx.exit(terminal.FAILED if report.refused or report.is_stopped else terminal.OK)


def importer_of(services: Services) -> Importer:
    """The importer, over these services."""
    cost = services.settings.passwords
    hasher = services.foundation.held.hasher(cost.memory_kib, cost.time_cost)
    passwords = FirstPasswords(hasher, CredentialStore(services.foundation.sealer))
    return Importer(services.sql, services.clock, services.audit, services.persons, passwords)


class _Rate(ProgressColumn):
    """Lines a second."""

    def render(self, task: Task) -> str:
        """The rate, once there is one."""
        return f"{task.speed:,.0f}/s" if task.speed else ""


@contextmanager
def _told(lines: int) -> Iterator[Callable[[int], None]]:
    """Progress on stderr: a bar on a terminal, a line for every tenth on a pipe."""
    console = terminal.console()
    if not console.is_terminal:
        yield _tenths(lines)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        _Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(terminal.words("import.progress"), total=max(lines, 1))
        yield lambda line: progress.update(task, completed=line)


def _tenths(lines: int) -> Callable[[int], None]:
    told = 0

    def tell(line: int) -> None:
        nonlocal told
        tenth = min(line * 10 // max(lines, 1), 10)
        if tenth > told:
            told = tenth
            terminal.say("import.percent", percent=tenth * 10, line=line)

    return tell


@contextmanager
def _stop_asked() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C came: the batch in hand is finished first. A second Ctrl-C breaks it off, unwritten."""
    asked = False

    def ask(_number: int, _frame: object) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, before)
        terminal.say("import.stopping")

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)


def _give_report(report: ImportReport, is_dry: bool, bad: Path | None, as_json: bool) -> None:
    counts = {"added": report.added, "unchanged": report.unchanged, "refused": report.refused}
    if as_json:
        problems = [_as_json(each) for each in report.problems]
        terminal.give({"dry_run": is_dry, "stopped": report.is_stopped, **counts, "problems": problems})
    else:
        click.echo(terminal.words("import.result", **counts))
        _say_problems(report.problems)
    if is_dry:
        terminal.say("import.dry")
    if report.refused:
        terminal.say("import.report", path=bad) if bad else terminal.say("import.no_report")
    if report.is_stopped:
        terminal.say("import.stopped", line=report.last_line)


def _say_problems(problems: list[ShownProblem]) -> None:
    here = terminal.language()
    for each in problems[:SHOWN_PROBLEMS]:
        field = FIELD_WORDS[each.problem.field][here]
        words = each.problem.words(here)
        terminal.say("import.problem", line=each.line, field=field, value=each.value, words=words)
    if len(problems) > SHOWN_PROBLEMS:
        terminal.say("import.more")


def _as_json(each: ShownProblem) -> dict[str, object]:
    return {
        "line": each.line,
        "field": each.problem.field,
        "value": each.value,
        "code": each.problem.code,
        "words": each.problem.words(terminal.language()),
    }
