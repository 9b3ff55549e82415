"""`yihao demo`: the command behind `make run`."""

import os
import signal
import threading
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from idp.commands.terminal import FAILED, language
from idp.commands.worded import command
from idp.demo import run
from idp.demo.instance import DemoRefused, Instance, instance_of
from idp.demo.personas import PERSONAS
from idp.demo.words import FAULTS, SAID

PLAIN_WIDTH = 150


@command("demo")
def demo() -> None:
    """Prepare a demo instance with invented people and two department applications, and serve it until Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    try:
        instance = instance_of(os.environ)
        click.echo(_say("preparing"), err=True)
        run.run(instance, stop, lambda content: _show(instance, content))
    except DemoRefused as refused:
        click.echo(FAULTS[refused.code][language()].format(**refused.values), err=True)
        raise click.exceptions.Exit(FAILED) from None
    click.echo(_say("stopped", directory=instance.directory), err=True)


def _say(key: str, **values: object) -> str:
    return SAID[key][language()].format(**values)


def _show(instance: Instance, content: dict[str, Any]) -> None:
    """The addresses and the people, on stdout."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PLAIN_WIDTH)
    table = Table(title=_say("title"), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(_say("name"), overflow="fold")
    for column in ("id_number", "mobile", "password"):
        table.add_column(_say(column), no_wrap=True)
    table.add_column(_say("level"), justify="right")
    table.add_column(_say("about"), overflow="fold")
    about = {persona.id_number: persona.stands_for[language()] for persona in PERSONAS}
    for person in content["persons"]:
        number = person["id_number"]
        cells = (person["name"], number, person["mobile"] or "—", person["password"], str(person["level"]))
        table.add_row(*cells, about[number])
    console.print(table)
    console.print(_organisations(content["organisations"]))
    free = content["claimable"]
    console.print(
        f"{_say('claimable')}  {free['name']}  {free['uscc']}  {free['organisation_code']}  "
        f"{free['legal_representative']}",
        soft_wrap=True,
    )
    for one in content["newcomers"]:
        console.print(
            f"{_say('newcomer')}  {one['name']}  {one['id_number']}  {one['mobile']}", soft_wrap=True
        )
    addresses = [("issuer", content["issuer"]), ("console", content["console"])]
    addresses += [("department", address) for address in content["departments"]]
    addresses.append(("phone", content["phone"]))
    for key, address in addresses:
        console.print(f"{_say(key)}  {address}", soft_wrap=True)
    console.print(f"{_say('file')}  {instance.ready_file}", soft_wrap=True)
    console.print(_say("stop"), soft_wrap=True)
    console.file.flush()


def _organisations(rows: list[dict[str, Any]]) -> Table:
    """The enterprises and who acts for them."""
    table = Table(title=_say("organisations"), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for column in ("name", "uscc", "representative", "agents"):
        table.add_column(_say(column), overflow="fold")
    for row in rows:
        table.add_row(row["name"], row["uscc"], row["legal_representative"], " ".join(row["agents"]) or "—")
    return table
