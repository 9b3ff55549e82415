"""`yihao claim …`: the catalogue of claims, and which of them an application may get."""

from datetime import datetime, time, timedelta
from typing import Any

import click
from rich.table import Table

from idp.applications.store import Application
from idp.claims.catalogue import BY_NAME, CLAIMS, Claim
from idp.claims.store import Grant
from idp.clock import CHINA, instant
from idp.commands import instance, terminal
from idp.commands.worded import Group, command, option
from idp.wiring import Services

CATALOGUE = ("claim", "source", "sensitivity", "scopes", "meaning")
APPROVED = ("claim", "state", "legal_basis", "purpose", "until", "granted_by")
MOST = 200


@click.group("claim", cls=Group, help="claim")
def claim() -> None:
    """The noun."""


@command("claim list")
@click.argument("client", metavar="[CLIENT]", required=False)
@option("--json", "as_json", is_flag=True, help="option.json")
def list_claims(client: str | None, as_json: bool) -> None:
    """Every claim, or what is approved for an application."""
    if client is None:
        _show([_about(one) for one in CLAIMS], CATALOGUE, as_json)
        return
    with instance.services(instance.settings()) as services, services.sql.once() as db:
        application = _application(services, client)
        now = instant(services.clock)
        found = [one for one in services.grants.list_all(db) if one.application_id == application.id]
    _show([_approval(one, now) for one in found], APPROVED, as_json)


@command("claim grant")
@click.argument("client", metavar="CLIENT")
@click.argument("name", metavar="CLAIM")
@option("--basis", required=True, metavar="TEXT", help="option.claim_basis")
@option("--purpose", required=True, metavar="TEXT", help="option.claim_purpose")
@option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="option.claim_until")
@option("--json", "as_json", is_flag=True, help="option.json")
def grant_claim(
    client: str, name: str, basis: str, purpose: str, until: datetime | None, as_json: bool
) -> None:
    """Approve one claim for an application."""
    for text in (basis, purpose):
        if not text.strip() or len(text) > MOST:
            raise terminal.Fault("claim.text", most=MOST)
    with instance.services(instance.settings()) as services, services.sql.begin() as db:
        now = instant(services.clock)
        ends = None if until is None else _end_of(until)
        if ends is not None and ends <= now:
            raise terminal.Fault("claim.past")
        grant = Grant(
            application_id=_application(services, client).id,
            claim=_claim(name).name,
            legal_basis=basis.strip(),
            purpose=purpose.strip(),
            granted_by=instance.actor(),
            granted_at=now,
            expires_at=ends,
        )
        services.grants.grant(db, grant, instance.place())
    _done(as_json, {"client": client, **_approval(grant, now)}, "claim.granted", client=client, claim=name)


@command("claim end")
@click.argument("client", metavar="CLIENT")
@click.argument("name", metavar="CLAIM")
@option("--json", "as_json", is_flag=True, help="option.json")
def end_claim(client: str, name: str, as_json: bool) -> None:
    """End an approval."""
    with instance.services(instance.settings()) as services, services.sql.begin() as db:
        application = _application(services, client)
        if not services.grants.end(db, application.id, _claim(name).name, instance.actor(), instance.place()):
            raise terminal.Fault("claim.not_granted", client=client, claim=name)
    _done(as_json, {"client": client, "claim": name}, "claim.ended", client=client, claim=name)


for _verb in (list_claims, grant_claim, end_claim):
    claim.add_command(_verb)


def _application(services: Services, client: str) -> Application:
    found = services.clients.application(client)
    if found is None:
        raise terminal.Fault("claim.no_client", client=client)
    return found


def _claim(name: str) -> Claim:
    found = BY_NAME.get(name)
    if found is None:
        raise terminal.Fault("claim.unknown", claim=name)
    return found


def _end_of(day: datetime) -> datetime:
    """The midnight with which a day ends in China."""
    return datetime.combine(day.date() + timedelta(days=1), time(), CHINA)


def _about(one: Claim) -> dict[str, Any]:
    language = "en" if terminal.language() == terminal.EN else "zh-CN"
    return {
        "claim": one.name,
        "source": one.source.value,
        "sensitivity": one.label.value,
        "scopes": sorted(one.scopes),
        "meaning": one.meaning_in(language),
    }


def _approval(one: Grant, now: datetime) -> dict[str, Any]:
    over = "ended" if one.ended_at is not None else "expired"
    return {
        "claim": one.claim,
        "state": "standing" if one.stands_at(now) else over,
        "legal_basis": one.legal_basis,
        "purpose": one.purpose,
        "until": one.expires_at.isoformat() if one.expires_at else None,
        "granted_by": one.granted_by,
    }


def _show(rows: list[dict[str, Any]], columns: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        terminal.give({"claims": rows})
        return
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(_cell(row[column]) for column in columns))
    terminal.data_console().print(table)


def _done(as_json: bool, data: dict[str, Any], said: str, **values: object) -> None:
    if as_json:
        terminal.give(data)
    else:
        terminal.say(said, **values)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
