"""Every query on the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from idp.audit.models import AuditRow
from idp.storage import bulk
from idp.storage.base import table_of
from idp.storage.direct import Prepared

MANY = 50
"""Rows from which on they go in bulk."""
_audit = table_of(AuditRow)
_INSERT = insert(_audit)
_COLUMNS = ("at", "act", "outcome", "actor", "object", "place", "reference", "details")
_INSERT_ONE = Prepared(_INSERT.inline(), _COLUMNS)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as it was written."""

    id: int
    at: datetime
    act: str
    outcome: str
    object: str
    place: str
    details: dict[str, Any]


def add(db: Connection, rows: Sequence[dict[str, object]]) -> None:
    """Append rows in one statement; nothing changes or removes them."""
    if len(rows) == 1:
        _INSERT_ONE.run(db, rows[0])
    elif len(rows) < MANY:
        db.execute(_INSERT, rows)
    else:
        bulk.insert(db, _audit, _COLUMNS, ([row[name] for name in _COLUMNS] for row in rows))


def find_of_actor(db: Connection, actor: str, acts: Sequence[str], event_id: int) -> Entry | None:
    """One event of these acts, if it is this actor's."""
    mine = (_audit.c.id == event_id, _audit.c.actor == actor, _audit.c.act.in_(acts))
    row = db.execute(select(_audit).where(*mine)).first()
    return None if row is None else _entry(row)


def list_of_actor(
    db: Connection, actor: str, acts: Sequence[str], since: datetime, before: int | None, limit: int
) -> list[Entry]:
    """What an actor did of these acts since then, newest first; `before` is the id that the last page ended with."""
    wanted = select(_audit).where(_audit.c.actor == actor, _audit.c.act.in_(acts), _audit.c.at >= since)
    if before is not None:
        wanted = wanted.where(_audit.c.id < before)
    rows = db.execute(wanted.order_by(_audit.c.id.desc()).limit(limit))
    return [_entry(row) for row in rows]


def _entry(row: Any) -> Entry:
    return Entry(row.id, row.at, row.act, row.outcome, row.object, row.place, dict(row.details))
