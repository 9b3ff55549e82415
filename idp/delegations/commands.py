"""`yihao delegation …`: what officers see and order of delegations. Persons are named by their ids only."""

from collections.abc import Callable
from typing import Any

import click
from rich.table import Table

from idp.audit.event import Place
from idp.commands import instance, terminal
from idp.commands.worded import Group, command, option
from idp.delegations.store import Delegation
from idp.delegations.verifying import verified
from idp.organisations.store import Organisation
from idp.storage.engine import Db
from idp.wiring import Services

COLUMNS = ("id", "capacity", "subject", "agent", "state", "matters", "ends_at")


@click.group("delegation", cls=Group, help="delegation")
def delegation() -> None:
    """The noun."""


@command("delegation list")
@option("--organisation", "code", metavar="CODE", help="option.delegation_organisation")
@option("--person", "person_id", metavar="ID", help="option.delegation_person")
@option("--json", "as_json", is_flag=True, help="option.json")
def list_delegations(code: str | None, person_id: str | None, as_json: bool) -> None:
    """Those of an organisation, or those in which a person acts or is acted for."""
    if (code is None) == (person_id is None):
        raise terminal.Fault("delegation.whose", terminal.USAGE)
    with instance.services(instance.settings()) as services, services.sql.once() as db:
        store = services.people.delegations.parts.store
        if code is not None:
            grants = store.list_of_organisation(db, _organisation(db, services, code).id)
        else:
            grants = store.list_open_touching(db, person_id or "")
    if as_json:
        terminal.give({"delegations": [_about(grant) for grant in grants]})
        return
    table = Table(*COLUMNS, box=None, pad_edge=False)
    for grant in grants:
        about = _about(grant)
        table.add_row(*(_cell(about[column]) for column in COLUMNS))
    terminal.data_console().print(table)


@command("delegation show")
@click.argument("delegation_id", metavar="ID")
@option("--json", "as_json", is_flag=True, help="option.json")
def show(delegation_id: str, as_json: bool) -> None:
    """One delegation."""
    with instance.services(instance.settings()) as services, services.sql.once() as db:
        about = _about(_found(db, services, delegation_id))
    if as_json:
        terminal.give(about)
        return
    for name, value in about.items():
        if value is not None:
            click.echo(f"{name:<18}{_cell(value)}")


@command("delegation end")
@click.argument("delegation_id", metavar="ID")
@option("--reason", default="order", metavar="CODE", help="option.delegation_reason")
@option("--yes", "is_sure", is_flag=True, help="option.yes")
@option("--json", "as_json", is_flag=True, help="option.json")
def end(delegation_id: str, reason: str, is_sure: bool, as_json: bool) -> None:
    """End one by order; the id is typed once more unless `--yes` stands for it."""
    if not is_sure and click.prompt(terminal.words("prompt.delegation_end"), err=True) != delegation_id:
        raise terminal.Fault("aborted")
    with instance.services(instance.settings()) as services, services.sql.begin() as db:
        grant = _found(db, services, delegation_id)
        changing = services.people.delegations.changing
        if not changing.end_by_officer(db, grant.id, reason[:32], instance.actor(), instance.place()):
            raise terminal.Fault("delegation.over", delegation=grant.id)
        ended = _about(_found(db, services, delegation_id))
    _done(as_json, ended, "delegation.ended", delegation=delegation_id)


@command("delegation verify")
@click.argument("delegation_id", metavar="ID")
@option("--json", "as_json", is_flag=True, help="option.json")
def verify(delegation_id: str, as_json: bool) -> None:
    """Whether the signed word of both sides holds for what is stored."""
    with instance.services(instance.settings()) as services, services.sql.once() as db:
        found = verified(services.people.delegations.parts.evidence, _found(db, services, delegation_id))
    does_hold = all(found.values())
    words = ", ".join(f"{side}={'ok' if is_good else 'no'}" for side, is_good in found.items())
    _done(
        as_json,
        {"id": delegation_id, "holds": does_hold, **found},
        "delegation.holds" if does_hold else "delegation.does_not_hold",
        words=words,
    )
    if not does_hold:
        raise click.exceptions.Exit(terminal.DIFFERENCES)


@command("delegation freeze")
@click.argument("code", metavar="CODE")
@option("--reason", default="dispute", metavar="CODE", help="option.delegation_reason")
@option("--json", "as_json", is_flag=True, help="option.json")
def freeze(code: str, reason: str, as_json: bool) -> None:
    """Let nobody act for an organisation; everything stays on record."""

    def act(services: Services, db: Db, found: Organisation, actor: str, place: Place) -> object:
        return services.people.organisations.freeze(db, found.id, reason[:32], actor, place).frozen_for

    _order(code, act, as_json, "delegation.held")


@command("delegation thaw")
@click.argument("code", metavar="CODE")
@option("--json", "as_json", is_flag=True, help="option.json")
def thaw(code: str, as_json: bool) -> None:
    """Let people act for it again."""

    def act(services: Services, db: Db, found: Organisation, actor: str, place: Place) -> object:
        return services.people.organisations.thaw(db, found.id, actor, place).frozen_for

    _order(code, act, as_json, "delegation.thawed")


@command("delegation handover")
@click.argument("code", metavar="CODE")
@option("--reason", default="representative_changed", metavar="CODE", help="option.delegation_reason")
@option("--json", "as_json", is_flag=True, help="option.json")
def handover(code: str, reason: str, as_json: bool) -> None:
    """End the representative; what stands on it rests until the next one has looked at it."""

    def act(services: Services, db: Db, found: Organisation, actor: str, place: Place) -> object:
        founding = services.people.delegations.founding
        return founding.retire_representatives(db, found.id, actor, place, reason[:32])

    _order(code, act, as_json, "delegation.handed_over")


for _verb in (list_delegations, show, end, verify, freeze, thaw, handover):
    delegation.add_command(_verb)


def _order(
    code: str, act: Callable[[Services, Db, Organisation, str, Place], object], as_json: bool, said: str
) -> None:
    with instance.services(instance.settings()) as services, services.sql.begin() as db:
        found = _organisation(db, services, code)
        result = act(services, db, found, instance.actor(), instance.place())
    name = "waiting" if said == "delegation.handed_over" else "frozen_for"
    _done(as_json, {"organisation": found.uscc, name: result}, said, organisation=found.uscc, count=result)


def _done(as_json: bool, data: dict[str, Any], said: str, **values: object) -> None:
    if as_json:
        terminal.give(data)
    else:
        terminal.say(said, **values)


def _organisation(db: Db, services: Services, code: str) -> Organisation:
    found = services.people.organisations.find_by_uscc(db, code.strip().upper())
    if found is None:
        raise terminal.Fault("delegation.no_organisation", uscc=code)
    return found


def _found(db: Db, services: Services, delegation_id: str) -> Delegation:
    found = services.people.delegations.parts.store.find(db, delegation_id)
    if found is None:
        raise terminal.Fault("delegation.unknown", delegation=delegation_id)
    return found


def _about(grant: Delegation) -> dict[str, Any]:
    return {
        "id": grant.id,
        "capacity": grant.capacity.value,
        "subject": grant.subject,
        "agent": grant.agent or None,
        "parent": grant.parent_id,
        "matters": sorted(grant.matters),
        "may_delegate": grant.may_delegate,
        "state": grant.state.value,
        "frozen_for": grant.frozen_for,
        "starts_at": grant.starts_at.isoformat(),
        "ends_at": grant.ends_at.isoformat() if grant.ends_at else None,
        "invited_by": grant.invited_by,
        "accepted_at": grant.accepted_at.isoformat() if grant.accepted_at else None,
        "ended_at": grant.ended_at.isoformat() if grant.ended_at else None,
        "ended_for": grant.ended_for,
        "ended_by": grant.ended_by,
        "version": grant.version,
    }


def _cell(value: object) -> str:
    if value is None:
        return ""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
