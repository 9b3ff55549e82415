"""`yihao org …`: the noun; its verbs stand in the files beside this one."""

import click

from idp.commands.worded import Group


@click.group("org", cls=Group, help="org")
def org() -> None:
    """The noun."""
