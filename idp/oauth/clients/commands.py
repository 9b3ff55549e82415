"""`yihao client …`: the clients of applications, and the least levels that they ask for."""

import click
from rich.table import Table

from idp.commands import instance, terminal
from idp.commands.worded import Group, command, option
from idp.oauth.clients.levels import ClientLevels
from idp.oauth.clients.resolve import Client

COLUMNS = ("client_id", "application", "department", "least_aal", "least_ial", "state")


@click.group("client", cls=Group, help="client")
def client() -> None:
    """The noun."""


@command("client list")
@option("--json", "as_json", is_flag=True, help="option.json")
def list_clients(as_json: bool) -> None:
    """Every client, suspended ones too."""
    with instance.services(instance.settings()) as services:
        told = [_about(one) for one in services.clients.list_all()]
    if as_json:
        terminal.give({"clients": told})
        return
    table = Table(*COLUMNS, box=None, pad_edge=False)
    for one in told:
        table.add_row(*(str(one[column]) for column in COLUMNS))
    terminal.data_console().print(table)


@command("client require")
@click.argument("client_id")
@option("--aal", type=click.IntRange(1, 3), help="option.aal")
@option("--ial", type=click.IntRange(0, 3), help="option.ial")
@option("--json", "as_json", is_flag=True, help="option.json")
def require(client_id: str, aal: int | None, ial: int | None, as_json: bool) -> None:
    """Set the least levels of a client; without either, nothing would change, so it is refused."""
    if aal is None and ial is None:
        raise terminal.Fault("client.nothing")
    with instance.services(instance.settings()) as services:
        base = services.foundation
        levels = ClientLevels(base.sql, base.audit)
        least_aal, least_ial = levels.require(client_id, aal, ial, instance.actor(), instance.place())
    if as_json:
        terminal.give({"client_id": client_id, "least_aal": least_aal, "least_ial": least_ial})
        return
    terminal.say("client.done", client=client_id, aal=least_aal, ial=least_ial)


def _about(one: Client) -> dict[str, object]:
    return {
        "client_id": one.client_id,
        "application": one.application.name,
        "department": one.application.department,
        "least_aal": one.least_aal,
        "least_ial": one.least_ial,
        "state": one.application.state.value,
    }
