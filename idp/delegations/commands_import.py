"""`yihao delegation import`: who acts for which organisation, from an old system."""

from pathlib import Path

import click

from idp.commands.importing import import_options, run_import
from idp.commands.worded import command
from idp.delegations import importing_file
from idp.delegations.importing import DelegationImport
from idp.wiring import Services


@command("delegation import")
@import_options
@click.pass_context
def import_delegations(
    ctx: click.Context, source: Path, is_dry: bool, bad: Path | None, as_json: bool
) -> None:
    """Import a file. Exit code 1 when a row was refused or the run was stopped."""
    ctx.exit(run_import(importing_file.opened, import_of, source, is_dry, bad, as_json))


def import_of(services: Services) -> DelegationImport:
    """The import of delegations, over these services."""
    people = services.people
    codes = frozenset(matter.code for matter in people.matters.list_active())
    delegations = people.delegations
    return DelegationImport(
        delegations.parts, delegations.founding, people.organisation_store, services.persons, codes
    )
