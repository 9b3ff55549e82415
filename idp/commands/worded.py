"""Click's commands with help in the operator's language: two examples first, then usage and options."""

import re
from collections.abc import Callable
from typing import Any

import click

from idp.commands import terminal
from idp.commands.helps import EXAMPLES, HELPS


class Option(click.Option):
    """An option whose help is a key of `helps.HELPS`."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Names and help, for the list of options."""
        record = super().get_help_record(ctx)
        if record is None or not self.help:
            return record
        names, text = record
        return names, text.replace(self.help, HELPS[self.help][terminal.language()])


class _Worded(click.Command):
    """A command that finds its help and examples by its own path, such as `person import`."""

    def get_short_help_str(self, limit: int = 45) -> str:
        """The sentence that stands beside the command in its group."""
        return re.split(r"[。.:] ?", HELPS[self.help or ""][terminal.language()])[0]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples, usage, what it does, options, subcommands."""
        formatter.write(f"{terminal.words('label.examples')}:\n")
        for line in EXAMPLES[self.help or ""]:
            formatter.write(f"  {line}\n")
        formatter.write("\n")
        super().format_help(ctx, formatter)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What it does, in one sentence."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(HELPS[self.help or ""][terminal.language()])


class Command(_Worded):
    """A command; whatever it raises is answered in words."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it."""
        with terminal.answered():
            return super().invoke(ctx)


class Group(_Worded, click.Group):
    """A noun with its verbs."""


def command(key: str, may_begin_with_dash: bool = False) -> Callable[[Callable[..., object]], click.Command]:
    """A command called by the last word of its key, which also names its help: `person import`.

    `may_begin_with_dash` where an argument may: a kid is base64url, so one in 64 begins as an option does.
    """
    settings = {"ignore_unknown_options": may_begin_with_dash}
    return click.command(key.rsplit(" ", 1)[-1], cls=Command, help=key, context_settings=settings)


def option(*names: str, **attributes: Any) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """An option with help by key."""
    return click.option(*names, cls=Option, **attributes)
