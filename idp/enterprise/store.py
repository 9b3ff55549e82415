"""The history of an organisation in one query: what its people did for it, and what became of its grants."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, String, and_, cast, literal, or_, select, union_all

from idp.acting.models import ActingUseRow
from idp.delegations.models import DelegationRow
from idp.storage.base import table_of

_use = table_of(ActingUseRow)
_grant = table_of(DelegationRow)
GRANTS: Final = "grants"
USES: Final = "uses"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that was done. `by` is an actor as the audit log names it; `to_person` and `to_organisation` hold a grant.

    `key` stands for it where several happened at one instant.
    """

    at: datetime
    key: str
    act: str
    by: str | None
    capacity: str
    to_person: str | None
    to_organisation: str | None
    client_id: str | None


@dataclass(frozen=True, slots=True)
class Before:
    """Where the page before ended."""

    at: datetime
    key: str


def list_of(
    db: Connection,
    organisation_id: str,
    parts: Collection[str],
    since: datetime,
    before: Before | None,
    limit: int,
) -> list[Happening]:
    """What happened since then, newest first; `parts` are of GRANTS and USES."""
    wanted = [_uses(organisation_id)] if USES in parts else []
    if GRANTS in parts:
        wanted += _grants(organisation_id)
    whole = union_all(*wanted).subquery()
    found = select(whole).where(whole.c.at >= since)
    if before is not None:
        found = found.where(
            or_(whole.c.at < before.at, and_(whole.c.at == before.at, whole.c.key < before.key))
        )
    rows = db.execute(found.order_by(whole.c.at.desc(), whole.c.key.desc()).limit(limit))
    return [Happening(**row._mapping) for row in rows]


def _uses(organisation_id: str) -> Select[Any]:
    none = cast(literal(None), String)
    return select(
        _use.c.at.label("at"),
        _use.c.id.label("key"),
        _use.c.act.label("act"),
        (literal("person:") + _use.c.person_id).label("by"),
        cast(_use.c.capacity, String).label("capacity"),
        none.label("to_person"),
        none.label("to_organisation"),
        _use.c.client_id.label("client_id"),
    ).where(_use.c.organisation_id == organisation_id)


def _grants(organisation_id: str) -> list[Select[Any]]:
    holder = literal("person:") + _grant.c.agent_person_id
    return [
        _turn(organisation_id, _grant.c.invited_at, literal("invited"), _grant.c.invited_by),
        _turn(organisation_id, _grant.c.accepted_at, literal("accepted"), holder),
        _turn(organisation_id, _grant.c.ended_at, cast(_grant.c.state, String), _grant.c.ended_by),
    ]


def _turn(
    organisation_id: str, at: ColumnElement[Any], act: ColumnElement[str], by: ColumnElement[Any]
) -> Select[Any]:
    """One turn in the life of each grant, where it came to that."""
    return select(
        at.label("at"),
        (_grant.c.id + literal(":") + act).label("key"),
        act.label("act"),
        by.label("by"),
        cast(_grant.c.capacity, String).label("capacity"),
        _grant.c.agent_person_id.label("to_person"),
        _grant.c.agent_organisation_id.label("to_organisation"),
        cast(literal(None), String).label("client_id"),
    ).where(_grant.c.organisation_id == organisation_id, at.is_not(None))
