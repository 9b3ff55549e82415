"""`yihao key reseal` and `yihao key data …`: the rotation of data keys, for security officers."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from idp.commands import instance, terminal
from idp.commands.worded import Group, command, option
from idp.keys import shown
from idp.keys.data import store
from idp.keys.data.lifecycle import DataLifecycle
from idp.keys.data.purposes import PURPOSES
from idp.keys.lifecycle import Actor
from idp.keys.reseal.walk import Progress as Reached

ROTATED = sorted(name for name, purpose in PURPOSES.items() if purpose.is_rotated)


@command("key reseal")
@option("--json", "as_json", is_flag=True, help="option.json")
@click.pass_context
def reseal(ctx: click.Context, as_json: bool) -> None:
    """Make rows anew under the newest keys. Exit code 1 when it was stopped or a row did not open."""
    with instance.services(instance.settings()) as services, _told() as tell, _stop_asked() as is_stopped:
        reached = services.data_rotation.reseal.run(is_stopped, tell)
    if as_json:
        terminal.give({"tables": [_as_json(each) for each in reached]})
    elif not reached:
        terminal.say("reseal.nothing")
    else:
        for each in reached:
            click.echo(f"{each.name:<24}{each.version:>4}  {each.done}/{each.total}")
    refused = sum(each.refused for each in reached)
    if refused:
        terminal.say("reseal.refused", count=refused)
    is_whole = all(each.is_ended for each in reached)
    if not is_whole:
        terminal.say("reseal.stopped")
    ctx.exit(terminal.OK if is_whole and not refused else terminal.FAILED)


@click.group("data", cls=Group, help="key data")
def data() -> None:
    """The noun."""


@command("key data rotate")
@click.argument("purpose", type=click.Choice(ROTATED))
@option("--json", "as_json", is_flag=True, help="option.json")
def rotate(purpose: str, as_json: bool) -> None:
    """Make and publish the next version of a data key."""
    with instance.services(instance.settings()) as services:
        version = services.data_rotation.lifecycle.make(purpose, _actor())
    _give(purpose, version, as_json)


@command("key data activate")
@click.argument("purpose", type=click.Choice(ROTATED))
@click.argument("version", type=click.IntRange(1, 65535))
@option("--json", "as_json", is_flag=True, help="option.json")
def activate(purpose: str, version: int, as_json: bool) -> None:
    """Let a published version serve in place of the active one."""
    _move(DataLifecycle.activate, purpose, version, as_json)


@command("key data retire")
@click.argument("purpose", type=click.Choice(ROTATED))
@click.argument("version", type=click.IntRange(1, 65535))
@option("--json", "as_json", is_flag=True, help="option.json")
def retire(purpose: str, version: int, as_json: bool) -> None:
    """End the use of a version that nothing needs any more."""
    _move(DataLifecycle.retire, purpose, version, as_json)


for _verb in (rotate, activate, retire):
    data.add_command(_verb)
VERBS: tuple[click.Command, ...] = (reseal, data)


def _actor() -> Actor:
    return Actor(instance.actor(), instance.place(), "officer")


def _move(
    act: Callable[[DataLifecycle, str, int, Actor], None], purpose: str, version: int, as_json: bool
) -> None:
    with instance.services(instance.settings()) as services:
        act(services.data_rotation.lifecycle, purpose, version, _actor())
    _give(purpose, version, as_json)


def _give(purpose: str, version: int, as_json: bool) -> None:
    with instance.services(instance.settings()) as services, services.sql.once() as db:
        (row,) = (row for row in store.list_versions(db, purpose) if row.version == version)
    about = shown.data_key(row)
    if as_json:
        terminal.give(about)
    else:
        click.echo(f"{purpose} {version} {about['state']}")


def _as_json(reached: Reached) -> dict[str, object]:
    return {
        "name": reached.name,
        "version": reached.version,
        "done": reached.done,
        "total": reached.total,
        "refused": reached.refused,
        "ended": reached.is_ended,
    }


@contextmanager
def _told() -> Iterator[Callable[[Reached], None]]:
    """Progress on stderr: a bar for each table on a terminal, a line for every tenth on a pipe."""
    console = terminal.console()
    if not console.is_terminal:
        yield _tenths()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, TaskID] = {}

        def tell(reached: Reached) -> None:
            if reached.name not in tasks:
                tasks[reached.name] = progress.add_task(reached.name, total=max(reached.total, 1))
            done = reached.total if reached.is_ended else reached.done
            progress.update(tasks[reached.name], completed=done)

        yield tell


def _tenths() -> Callable[[Reached], None]:
    told: dict[str, int] = {}

    def tell(reached: Reached) -> None:
        tenth = min(reached.done * 10 // max(reached.total, 1), 10)
        if tenth > told.get(reached.name, 0):
            told[reached.name] = tenth
            terminal.say("reseal.percent", name=reached.name, percent=tenth * 10)

    return tell


@contextmanager
def _stop_asked() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C came: the step in hand is finished first. A second Ctrl-C breaks it off, unwritten."""
    asked = False

    def ask(_number: int, _frame: object) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)
