"""`yihao person …`: add, import, freeze, unfreeze, close. Values of persons are shown masked or not at all."""

import sys
from collections.abc import Callable
from dataclasses import fields
from typing import Any, Final

import click
import orjson

from idp.accounts.commands_import import import_persons
from idp.accounts.new_person import LEVELS, NewPerson
from idp.accounts.persons import PersonRefused, Persons
from idp.accounts.problems import FIELD_WORDS
from idp.accounts.store import Person
from idp.commands import instance, terminal
from idp.commands.worded import Group, command, option
from idp.identifiers.masking import mask_document, mask_id_number, mask_name
from idp.proofing.carried import CarriedEvidence
from idp.proofing.methods import methods
from idp.wiring import Services

LARGEST_JSON: Final = 1 << 16


@click.group("person", cls=Group, help="person")
def person() -> None:
    """The noun."""


@command("person add")
@option("--from-json", "source", type=click.File("rb"), help="option.from_json")
@option("--json", "as_json", is_flag=True, help="option.json")
def add(source: Any, as_json: bool) -> None:
    """Register one person, prompted for or read as JSON."""
    new = _from_json(source.read(LARGEST_JSON + 1)) if source else _prompted()
    with instance.services(instance.settings()) as services:
        try:
            added = persons_of(services).register(new, instance.actor(), instance.place())
        except PersonRefused as refused:
            faults = ((FIELD_WORDS[each.field], each.words(terminal.language())) for each in refused.problems)
            listed = "; ".join(f"{names[terminal.language()]}: {words}" for names, words in faults)
            raise terminal.Fault("person.refused", problems=listed) from refused
    _give_person(added, as_json)


@command("person freeze")
@click.argument("person_id", metavar="ID")
@option("--json", "as_json", is_flag=True, help="option.json")
def freeze(person_id: str, as_json: bool) -> None:
    """Bar a person from signing in."""
    _change(Persons.freeze, person_id, as_json)


@command("person unfreeze")
@click.argument("person_id", metavar="ID")
@option("--json", "as_json", is_flag=True, help="option.json")
def unfreeze(person_id: str, as_json: bool) -> None:
    """Let a frozen person sign in again."""
    _change(Persons.unfreeze, person_id, as_json)


@command("person close")
@click.argument("person_id", metavar="ID")
@option("--yes", "is_sure", is_flag=True, help="option.yes")
@option("--json", "as_json", is_flag=True, help="option.json")
def close(person_id: str, is_sure: bool, as_json: bool) -> None:
    """Close a person for good; the id is typed once more unless `--yes` stands for it."""
    if not is_sure and _asked(terminal.words("prompt.close")) != person_id:
        raise terminal.Fault("aborted")
    _change(Persons.close, person_id, as_json)


for _verb in (add, import_persons, freeze, unfreeze, close):
    person.add_command(_verb)


def persons_of(services: Services) -> Persons:
    """The acts on persons, over these services."""
    life = services.life
    return Persons(
        services.sql,
        services.clock,
        services.audit,
        services.persons,
        services.passwords,
        CarriedEvidence(methods()),
        life.holds,
        life.closing,
    )


def _change(act: Callable[..., Person], person_id: str, as_json: bool) -> None:
    with instance.services(instance.settings()) as services:
        changed = act(persons_of(services), person_id, instance.actor(), instance.place())
    if as_json:
        terminal.give({"id": changed.id, "state": changed.state.value})
    else:
        state = terminal.words(f"state.{changed.state.value}")
        click.echo(terminal.words("person.state", person=changed.id, state=state))


def _from_json(text: bytes) -> NewPerson:
    """The person in a JSON object whose keys are the fields of NewPerson, each with a value of the right type."""
    try:
        values = orjson.loads(text) if len(text) <= LARGEST_JSON else None
    except orjson.JSONDecodeError:
        values = None
    if not isinstance(values, dict):
        raise terminal.Fault("json.malformed", keys="-")
    known = {each.name for each in fields(NewPerson)}
    wrong = [key for key in known & values.keys() if not _is_fit(key, values[key])]
    wrong += [key for key in ("id_number", "name") if key not in values]
    if wrong or values.keys() - known:
        # Only our own names are repeated: an unknown key may be a value that slipped.
        raise terminal.Fault("json.malformed", keys=", ".join(sorted(wrong)) or "?")
    return NewPerson(**values)


def _is_fit(key: str, value: object) -> bool:
    if key == "level":
        return type(value) is int
    return isinstance(value, str) or (value is None and key in {"mobile", "password", "id_kind"})


def _prompted() -> NewPerson:
    ask = terminal.words
    return NewPerson(
        id_number=_asked(ask("prompt.id_number")),
        name=_asked(ask("prompt.name")),
        mobile=_asked(ask("prompt.mobile"), default="") or None,
        level=int(
            _asked(ask("prompt.level"), default="1", type=click.IntRange(LEVELS.start, LEVELS.stop - 1))
        ),
        password=_asked(ask("prompt.password"), default="", hide_input=True, confirmation_prompt=True)
        or None,
    )


def _asked(prompt: str, **options: Any) -> Any:
    """What the operator types; asked on stderr, and only at a terminal."""
    if not sys.stdin.isatty():
        raise terminal.Fault("prompt.no_terminal", terminal.USAGE)
    return click.prompt(prompt, err=True, show_default=False, **options)


def _give_person(added: Person, as_json: bool) -> None:
    if as_json:
        terminal.give({"id": added.id, "level": added.level, "state": added.state.value})
        return
    number = mask_id_number(added.id_number) if len(added.id_number) == 18 else mask_document(added.id_number)
    click.echo(terminal.words("person.added", person=added.id, name=mask_name(added.name), number=number))
