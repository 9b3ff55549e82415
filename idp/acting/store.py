"""Every query on choices and uses of capacities."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from idp.acting.models import ActingChoiceRow, ActingUseRow
from idp.identifiers.capacity import Capacity
from idp.storage.base import table_of

_choice = table_of(ActingChoiceRow)
_use = table_of(ActingUseRow)
_INSERTS: Final[dict[str, Callable[..., Any]]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class Use:
    """One act in a capacity, as both sides see it."""

    id: str
    act: str
    person_id: str
    capacity: Capacity
    delegation_id: str | None
    via_delegation_id: str | None
    organisation_id: str | None
    subject_person_id: str | None
    session_id: str
    client_id: str | None
    place: str
    at: datetime


def find_choice(db: Connection, person_id: str, client_id: str) -> tuple[str | None, str | None] | None:
    """What a person last chose at a client: ids of the grants, both None for oneself; None when nothing was chosen."""
    wanted = select(_choice).where(_choice.c.person_id == person_id, _choice.c.client_id == client_id)
    row = db.execute(wanted).first()
    return None if row is None else (row.delegation_id, row.via_delegation_id)


def put_choice(
    db: Connection,
    person_id: str,
    client_id: str,
    delegation_id: str | None,
    via_delegation_id: str | None,
    now: datetime,
) -> None:
    """Remember a choice in place of the one before."""
    values = {"delegation_id": delegation_id, "via_delegation_id": via_delegation_id, "chosen_at": now}
    row = _INSERTS[db.dialect.name](_choice).values(person_id=person_id, client_id=client_id, **values)
    db.execute(row.on_conflict_do_update(index_elements=["person_id", "client_id"], set_=values))


def add_use(db: Connection, use: Use) -> None:
    """Append one act to the history."""
    db.execute(insert(_use).values({name: getattr(use, name) for name in Use.__dataclass_fields__}))


def list_uses(
    db: Connection,
    *,
    person_id: str | None = None,
    organisation_id: str | None = None,
    before: datetime | None = None,
    limit: int | None = 50,
) -> list[Use]:
    """The acts of a person and those done for a person, or the acts for an organisation, newest first."""
    if organisation_id is not None:
        wanted = select(_use).where(_use.c.organisation_id == organisation_id)
    else:
        wanted = select(_use).where(or_(_use.c.person_id == person_id, _use.c.subject_person_id == person_id))
    if before is not None:
        wanted = wanted.where(_use.c.at < before)
    rows = db.execute(wanted.order_by(_use.c.at.desc(), _use.c.id).limit(limit))
    return [Use(**{name: getattr(row, name) for name in Use.__dataclass_fields__}) for row in rows]
