"""The command `yihao`: gathers the commands that parts contribute."""

from importlib.metadata import version

import click

from idp.accounts.commands import person
from idp.accounts.requests.commands import request
from idp.claims.commands import claim
from idp.commands import terminal
from idp.commands.health import health
from idp.commands.serving import serve, worker
from idp.commands.setting_up import init, migrate
from idp.commands.worded import Group, Option
from idp.conversion import commands as conversion_commands
from idp.delegations.commands import delegation
from idp.delegations.commands_import import import_delegations
from idp.demo.commands import demo
from idp.keys import commands as key_commands
from idp.keys import commands_agent, commands_reseal
from idp.keys.commands_ca import ca
from idp.keys.commands_ceremony import ceremony, destroy
from idp.keys.commands_group import key
from idp.keys.commands_officer import officer
from idp.keys.commands_service import key_service
from idp.matters.commands import import_matters, list_matters, matter
from idp.oauth.clients.commands import client, list_clients, require
from idp.organisations.commands_group import org
from idp.organisations.commands_import import import_organisations
from idp.publication import commands as publication_commands

COMMANDS: list[click.Command] = [
    init,
    migrate,
    serve,
    worker,
    health,
    person,
    org,
    delegation,
    matter,
    client,
    publication_commands.publication,
    claim,
    request,
    key,
    key_service,
    ca,
    demo,
]
"""What `yihao` offers; a part adds its own here."""


@click.group("yihao", cls=Group, help="yihao")
@click.version_option(version("yihao"), prog_name="yihao")
@click.option(
    "--lang",
    type=click.Choice(list(terminal.LANGUAGES)),
    cls=Option,
    help="option.lang",
    is_eager=True,
    expose_value=False,
    callback=lambda _ctx, _option, lang: terminal.choose_language(lang),
)
@click.option("--debug", "is_debug", is_flag=True, cls=Option, help="option.debug")
def main(is_debug: bool) -> None:
    """Keep what holds for every command."""
    terminal.choose_trace(is_debug)


for _verb in (*key_commands.VERBS, *commands_agent.VERBS, *commands_reseal.VERBS, destroy, ceremony, officer):
    key.add_command(_verb)
org.add_command(import_organisations)
for _verb in (
    conversion_commands.convert,
    conversion_commands.list_queue,
    conversion_commands.settle,
    conversion_commands.dismiss,
    conversion_commands.resolve,
):
    org.add_command(_verb)
delegation.add_command(import_delegations)
publication_commands.publication.add_command(publication_commands.run)
publication_commands.publication.add_command(publication_commands.verify)
matter.add_command(list_matters)
matter.add_command(import_matters)
client.add_command(list_clients)
client.add_command(require)
for _command in COMMANDS:
    main.add_command(_command)
