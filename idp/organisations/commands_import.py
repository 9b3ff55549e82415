"""`yihao org import`: an extract of the register, CSV or JSON lines."""

from pathlib import Path

import click

from idp.commands import instance
from idp.commands.importing import import_options, run_import
from idp.commands.worded import command
from idp.organisations import importing_file
from idp.organisations.importing import OrganisationImport
from idp.wiring import Services


@command("org import")
@import_options
@click.pass_context
def import_organisations(
    ctx: click.Context, source: Path, is_dry: bool, bad: Path | None, as_json: bool
) -> None:
    """Import a file. Exit code 1 when a row was refused or the run was stopped."""
    ctx.exit(run_import(importing_file.opened, import_of, source, is_dry, bad, as_json))


def import_of(services: Services) -> OrganisationImport:
    """The import of organisations, over these services."""
    people = services.people
    return OrganisationImport(
        services.clock, services.audit, people.organisation_store, people.organisations, instance.actor()
    )
