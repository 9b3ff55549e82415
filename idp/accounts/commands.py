"""`yihao person …`: add, import, freeze, unfreeze, close. Values of persons are shown masked or not at all."""

import getpass
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
import orjson
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
from crypto.tokens import short_reference
from idp.accounts import import_file
from idp.accounts.import_report import BadRows, ImportReport, ShownProblem, error_file
from idp.accounts.importing import Importer, ImportRun
from idp.accounts.new_person import LEVELS, NewPerson
from idp.accounts.persons import PersonRefused, Persons
from idp.accounts.problems import FIELD_WORDS
from idp.accounts.store import Person
from idp.audit.event import Place
from idp.authenticators.password import KIND
from idp.authenticators.store import CredentialStore
from idp.commands import instance, terminal
from idp.commands.worded import Group, command, option
from idp.identifiers.masking import mask_document, mask_id_number, mask_name
from idp.sessions.store import SsoSession
from idp.storage.engine import Db
from idp.wiring import Services

SHOWN_PROBLEMS: Final = 20
"""Problems that are printed for people; `--json` gives up to 100, the error file all."""
LARGEST_JSON: Final = 1 << 16


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


@click.group("person", cls=Group, help="person")
def person() -> None:
    """The noun."""


@command("person add")
@option("--from-json", "source", type=click.File("rb"), help="option.from_json")
@option("--json", "as_json", is_flag=True, help="option.json")
def add(source: Any, as_json: bool) -> None:
    """Register one person, prompted for or read as JSON."""
    new = _from_json(source.read(LARGEST_JSON + 1)) if source else _prompted()
    with instance.services(instance.settings()) as services:
        try:
            added = persons_of(services).register(new, _actor(), _place())
        except PersonRefused as refused:
            faults = ((FIELD_WORDS[each.field], each.words(terminal.language())) for each in refused.problems)
            listed = "; ".join(f"{names[terminal.language()]}: {words}" for names, words in faults)
            raise terminal.Fault("person.refused", problems=listed) from refused
    _give_person(added, as_json)


@command("person import")
@click.argument("source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@option("--dry-run", "is_dry", is_flag=True, help="option.dry_run")
@option("--report", "bad", type=click.Path(dir_okay=False, path_type=Path), help="option.report")
@option("--json", "as_json", is_flag=True, help="option.json")
@click.pass_context
def import_(ctx: click.Context, source: Path, is_dry: bool, bad: Path | None, as_json: bool) -> None:
    """Import a file. Exit code 1 when a row was refused or the run was stopped."""
    report = ImportReport()
    with instance.services(instance.settings()) as services:
        try:
            with import_file.opened(source) as file, error_file(bad, source) as out:
                terminal.say("import.encoding", encoding=file.encoding, lines=file.lines)
                with _told(file.lines) as tell, _stop_asked() as is_stopped:
                    run = ImportRun(_actor(), _place(), is_dry, is_stopped, tell)
                    importer_of(services).run(file, run, report, BadRows(file, report, out))
        except OSError as error:
            raise terminal.Fault("file.unusable", path=error.filename) from error
    _give_report(report, is_dry, bad, as_json)
    ctx.exit(terminal.FAILED if report.refused or report.is_stopped else terminal.OK)


@command("person freeze")
@click.argument("person_id", metavar="ID")
@option("--json", "as_json", is_flag=True, help="option.json")
def freeze(person_id: str, as_json: bool) -> None:
    """Bar a person from signing in."""
    _change(Persons.freeze, person_id, as_json)


@command("person unfreeze")
@click.argument("person_id", metavar="ID")
@option("--json", "as_json", is_flag=True, help="option.json")
def unfreeze(person_id: str, as_json: bool) -> None:
    """Let a frozen person sign in again."""
    _change(Persons.unfreeze, person_id, as_json)


@command("person close")
@click.argument("person_id", metavar="ID")
@option("--yes", "is_sure", is_flag=True, help="option.yes")
@option("--json", "as_json", is_flag=True, help="option.json")
def close(person_id: str, is_sure: bool, as_json: bool) -> None:
    """Close a person for good; the id is typed once more unless `--yes` stands for it."""
    if not is_sure and _asked(terminal.words("prompt.close")) != person_id:
        raise terminal.Fault("aborted")
    _change(Persons.close, person_id, as_json)


for _verb in (add, import_, freeze, unfreeze, close):
    person.add_command(_verb)


def persons_of(services: Services) -> Persons[SsoSession]:
    """The acts on persons, over these services."""
    return Persons(
        services.sql, services.clock, services.audit, services.persons, services.passwords, services.sessions
    )


def importer_of(services: Services) -> Importer:
    """The importer, over these services."""
    peppers = services.foundation.data_keys.versions("pepper")
    cost = services.settings.passwords
    hasher = PasswordHasher(peppers, max(peppers), cost.memory_kib, cost.time_cost)
    passwords = FirstPasswords(hasher, CredentialStore(services.foundation.sealer))
    return Importer(services.sql, services.clock, services.audit, services.persons, passwords)


def _change(act: Callable[..., Person], person_id: str, as_json: bool) -> None:
    with instance.services(instance.settings()) as services:
        changed = act(persons_of(services), person_id, _actor(), _place())
    if as_json:
        terminal.give({"id": changed.id, "state": changed.state.value})
    else:
        state = terminal.words(f"state.{changed.state.value}")
        click.echo(terminal.words("person.state", person=changed.id, state=state))


def _from_json(text: bytes) -> NewPerson:
    """The person in a JSON object whose keys are the fields of NewPerson, each with a value of the right type."""
    try:
        values = orjson.loads(text) if len(text) <= LARGEST_JSON else None
    except orjson.JSONDecodeError:
        values = None
    if not isinstance(values, dict):
        raise terminal.Fault("json.malformed", keys="-")
    known = {each.name for each in fields(NewPerson)}
    wrong = [key for key in known & values.keys() if not _is_fit(key, values[key])]
    wrong += [key for key in ("id_number", "name") if key not in values]
    if wrong or values.keys() - known:
        # Only our own names are repeated: an unknown key may be a value that slipped.
        raise terminal.Fault("json.malformed", keys=", ".join(sorted(wrong)) or "?")
    return NewPerson(**values)


def _is_fit(key: str, value: object) -> bool:
    if key == "level":
        return type(value) is int
    return isinstance(value, str) or (value is None and key in {"mobile", "password", "id_kind"})


def _prompted() -> NewPerson:
    ask = terminal.words
    return NewPerson(
        id_number=_asked(ask("prompt.id_number")),
        name=_asked(ask("prompt.name")),
        mobile=_asked(ask("prompt.mobile"), default="") or None,
        level=int(
            _asked(ask("prompt.level"), default="1", type=click.IntRange(LEVELS.start, LEVELS.stop - 1))
        ),
        password=_asked(ask("prompt.password"), default="", hide_input=True, confirmation_prompt=True)
        or None,
    )


def _asked(prompt: str, **options: Any) -> Any:
    """What the operator types; asked on stderr, and only at a terminal."""
    if not sys.stdin.isatty():
        raise terminal.Fault("prompt.no_terminal", terminal.USAGE)
    return click.prompt(prompt, err=True, show_default=False, **options)


def _give_person(added: Person, as_json: bool) -> None:
    if as_json:
        terminal.give({"id": added.id, "level": added.level, "state": added.state.value})
        return
    number = mask_id_number(added.id_number) if len(added.id_number) == 18 else mask_document(added.id_number)
    click.echo(terminal.words("person.added", person=added.id, name=mask_name(added.name), number=number))


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


def _actor() -> str:
    """Who acts: the account of the operating system."""
    return f"cli:{getpass.getuser()}"[:96]


def _place() -> Place:
    return Place("console", short_reference())
