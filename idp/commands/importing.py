"""What all `… import FILE` commands have in common: the file, the run over it, and what is said of its outcome."""

import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

import click

from idp.commands import instance, terminal
from idp.commands.progress import stop_asked, told
from idp.commands.worded import option
from idp.importing.engine import Engine
from idp.importing.port import Importing, ImportRun
from idp.importing.problems import Vocabulary
from idp.importing.report import ImportReport, ShownProblem, error_file
from idp.importing.table_file import TableFile
from idp.wiring import Services

SHOWN_PROBLEMS: Final = 20
"""Problems that are printed for people; `--json` gives up to 100, the error file all."""
Opened = Callable[[Path], AbstractContextManager[TableFile]]


def import_options(command: Callable[..., object]) -> Callable[..., object]:
    """The argument and options of every import, in the order in which help lists them."""
    parts = (
        click.argument(
            "source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
        ),
        option("--dry-run", "is_dry", is_flag=True, help="option.dry_run"),
        option("--report", "bad", type=click.Path(dir_okay=False, path_type=Path), help="option.report"),
        option("--json", "as_json", is_flag=True, help="option.json"),
    )
    for part in reversed(parts):
        command = part(command)
    return command


def run_import(
    opened: Opened,
    what: Callable[[Services], Importing[Any, Any]],
    source: Path,
    is_dry: bool,
    bad: Path | None,
    as_json: bool,
) -> int:
    """Import a file, say what came of it, and give the exit code: 1 when a row was refused or the run was stopped."""
    report = ImportReport()
    with instance.services(instance.settings()) as services:
        importing = what(services)
        try:
            with opened(source) as file, error_file(bad, source, importing.vocabulary) as out:
                terminal.say("import.encoding", encoding=file.encoding, lines=file.lines)
                with told(file.lines) as tell, stop_asked() as is_stopped, _little_to_sweep():
                    run = ImportRun(instance.actor(), instance.place(), is_dry, is_stopped, tell)
                    engine = Engine(services.sql, services.clock, services.audit, importing)
                    engine.run(file, run, report, out)
        except OSError as error:
            raise terminal.Fault("file.unusable", path=error.filename or source) from error
    _give_report(report, importing.vocabulary, is_dry, bad, as_json)
    return terminal.FAILED if report.refused or report.is_stopped else terminal.OK


@contextmanager
def _little_to_sweep() -> Iterator[None]:
    """What stands before the first row stays: to look through it for garbage again and again costs a tenth of the time."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _give_report(
    report: ImportReport, vocabulary: Vocabulary, is_dry: bool, bad: Path | None, as_json: bool
) -> None:
    if as_json:
        problems = [_as_json(each, vocabulary) for each in report.problems]
        head = {"dry_run": is_dry, "stopped": report.is_stopped, "resumed_after": report.resumed_after}
        states = {"states": dict(report.tally)} if vocabulary.tallies else {}
        terminal.give({**head, **report.counts(), **states, "problems": problems})
    else:
        if report.resumed_after is not None:
            terminal.say("import.resumed", line=report.resumed_after)
        key = "import.result_changed" if report.changed else "import.result"
        click.echo(terminal.words(key, **report.counts()))
        for name, pair in vocabulary.tallies.items():
            if report.tally[name]:
                click.echo(f"  {pair[terminal.language()]} {report.tally[name]}")
        _say_problems(report.problems, vocabulary)
    if is_dry:
        terminal.say("import.dry")
    if report.refused:
        terminal.say("import.report", path=bad) if bad else terminal.say("import.no_report")
    if report.is_stopped:
        terminal.say("import.stopped", line=report.last_line)


def _say_problems(problems: list[ShownProblem], vocabulary: Vocabulary) -> None:
    here = terminal.language()
    for each in problems[:SHOWN_PROBLEMS]:
        field = vocabulary.field(each.problem.field, here)
        words = vocabulary.words(each.problem, here)
        terminal.say("import.problem", line=each.line, field=field, value=each.value, words=words)
    if len(problems) > SHOWN_PROBLEMS:
        terminal.say("import.more")


def _as_json(each: ShownProblem, vocabulary: Vocabulary) -> dict[str, object]:
    return {
        "line": each.line,
        "field": each.problem.field,
        "value": each.value,
        "code": each.problem.code,
        "words": vocabulary.words(each.problem, terminal.language()),
    }
