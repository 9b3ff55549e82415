"""`yihao request …`: what persons asked for about their own data, and the answers."""

from typing import IO, Any

import click
from rich.table import Table

from idp.accounts.requests.service import MOST_WORDS
from idp.accounts.requests.store import PersonRequest
from idp.commands import instance, terminal
from idp.commands.worded import Group, command, option

LISTED = ("number", "kind", "about", "made_at", "due_at")


@click.group("request", cls=Group, help="request")
def request() -> None:
    """The noun."""


@command("request list")
@option("--json", "as_json", is_flag=True, help="option.json")
def list_requests(as_json: bool) -> None:
    """What waits for an answer, without the words of those who asked."""
    with instance.services(instance.settings()) as services, services.sql.once() as db:
        rows = [_about(one) for one in services.requests.list_open(db)]
    if as_json:
        terminal.give({"requests": rows})
        return
    table = Table(*LISTED, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(str(row[column]) for column in LISTED))
    terminal.data_console().print(table)


@command("request show")
@click.argument("number", metavar="NUMBER")
@option("--json", "as_json", is_flag=True, help="option.json")
def show(number: str, as_json: bool) -> None:
    """One request with the person's words; that it was read is audited."""
    with instance.services(instance.settings()) as services, services.sql.begin() as db:
        found = services.requests.read(db, number, instance.actor(), instance.place())
    about = {**_about(found), "person": found.person_id, "words": found.words, "answer": found.answer}
    if as_json:
        terminal.give(about)
        return
    for name, value in about.items():
        if value:
            click.echo(f"{name:<10}{value}")


@command("request answer")
@click.argument("number", metavar="NUMBER")
@option(
    "--from", "source", type=click.File("r", "utf-8"), required=True, metavar="FILE", help="option.answer"
)
@option("--json", "as_json", is_flag=True, help="option.json")
def answer(number: str, source: IO[str], as_json: bool) -> None:
    """Answer in words that the person reads."""
    words = source.read(MOST_WORDS * 4).strip()
    if not words or len(words) > MOST_WORDS:
        raise terminal.Fault("request.words", most=MOST_WORDS)
    with instance.services(instance.settings()) as services, services.sql.begin() as db:
        if not services.requests.answer(db, number, words, instance.actor(), instance.place()):
            raise terminal.Fault("request.over", number=number)
    if as_json:
        terminal.give({"number": number, "state": "answered"})
    else:
        terminal.say("request.answered", number=number)


for _verb in (list_requests, show, answer):
    request.add_command(_verb)


def _about(one: PersonRequest) -> dict[str, Any]:
    return {
        "number": one.number,
        "kind": one.kind.value,
        "about": one.about,
        "state": one.state.value,
        "made_at": one.created_at.isoformat(),
        "due_at": one.due_at.isoformat(),
    }
