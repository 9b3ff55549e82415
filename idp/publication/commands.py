"""`yihao publication …`: what is published, and whether a file is what was signed."""

from pathlib import Path

import click
import orjson

from idp.clock import SystemClock
from idp.commands import instance, terminal
from idp.commands.worded import Group, command, option
from idp.publication.statement import check


@click.group("publication", cls=Group, help="publication")
def publication() -> None:
    """The noun."""


@command("publication run")
def run() -> None:
    """Publish the days that are over; the worker does the same by itself."""
    with instance.services(instance.settings()) as services:
        terminal.say("publication.run", count=services.people.publications.run())


@command("publication verify")
@click.argument("source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@option(
    "--keys",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="option.keys",
)
@option("--issuer", help="option.issuer")
@option("--json", "as_json", is_flag=True, help="option.json")
@click.pass_context
def verify(
    ctx: click.Context, source: Path, key_file: Path | None, issuer: str | None, as_json: bool
) -> None:
    """Check a file against the instance, or offline against a key set. Exit code 1 when it does not hold."""
    keys, expected = _keys(key_file, issuer)
    statement = check(source.read_bytes(), keys, expected, SystemClock().timestamp())
    if as_json:
        facts = (
            {name: getattr(statement, name) for name in ("number", "day", "part", "count", "previous")}
            if statement
            else {}
        )
        terminal.give({"holds": statement is not None, **facts})
    elif statement is None:
        terminal.say("publication.broken", path=source)
    else:
        terminal.say(
            "publication.holds",
            number=statement.number,
            day=statement.day,
            count=statement.count,
            previous=statement.previous,
        )
    ctx.exit(terminal.OK if statement is not None else terminal.FAILED)


def _keys(key_file: Path | None, issuer: str | None) -> tuple[list[dict[str, object]], str]:
    """Keys and issuer: from a file, else those of this instance."""
    if key_file is not None:
        if issuer is None:
            raise terminal.Fault("publication.issuer")
        try:
            return list(orjson.loads(key_file.read_bytes())["keys"]), issuer
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise terminal.Fault("file.unusable", path=key_file) from error
    with instance.services(instance.settings()) as services:
        ring = services.foundation.keyring.ring()
        return [dict(key) for key in ring.evidence], issuer or services.foundation.settings.issuer
