"""How commands that read long files tell of their way, and how they are stopped between two batches."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from idp.commands import terminal


class _Rate(ProgressColumn):
    """Lines a second."""

    def render(self, task: Task) -> str:
        """The rate, once there is one."""
        return f"{task.speed:,.0f}/s" if task.speed else ""


@contextmanager
def told(lines: int) -> Iterator[Callable[[int], None]]:
    """Progress on stderr, told by line: a bar on a terminal, a sentence for every tenth on a pipe."""
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


@contextmanager
def stop_asked() -> Iterator[Callable[[], bool]]:
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


def _tenths(lines: int) -> Callable[[int], None]:
    told = 0

    def tell(line: int) -> None:
        nonlocal told
        tenth = min(line * 10 // max(lines, 1), 10)
        if tenth > told:
            told = tenth
            terminal.say("import.percent", percent=tenth * 10, line=line)

    return tell
