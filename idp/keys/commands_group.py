"""The noun `yihao key`; its verbs are contributed by the command files beside it."""

import click

from idp.commands.worded import Group


@click.group("key", cls=Group, help="key")
def key() -> None:
    """The noun."""
