"""Every query on the ledger of back-channel logout."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from idp.oauth.logout.models import DeliveryState, LogoutDeliveryRow
from idp.storage.base import table_of

_delivery = table_of(LogoutDeliveryRow)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice to one client about one ended session."""

    id: str
    session_id: str
    client_id: str
    person_id: str
    state: DeliveryState
    attempts: int


def add(db: Connection, rows: Sequence[dict[str, object]]) -> None:
    """Queue notices."""
    if rows:
        db.execute(insert(_delivery), rows)


def list_of_session(db: Connection, session_id: str) -> list[Delivery]:
    """The notices about one session."""
    return [_value(row) for row in db.execute(select(_delivery).where(_delivery.c.session_id == session_id))]


def list_due(db: Connection, now: datetime, limit: int) -> list[str]:
    """Ids of notices whose next try is due, the oldest first."""
    due = select(_delivery.c.id).where(_delivery.c.state == DeliveryState.PENDING, _delivery.c.next_at <= now)
    return list(db.scalars(due.order_by(_delivery.c.next_at).limit(limit)))


def claim(db: Connection, delivery_id: str, now: datetime, next_at: datetime) -> Delivery | None:
    """Take one due notice for a try; of any number of callers exactly one receives it."""
    claimed = (
        update(_delivery)
        .where(
            _delivery.c.id == delivery_id,
            _delivery.c.state == DeliveryState.PENDING,
            _delivery.c.next_at <= now,
        )
        .values(attempts=_delivery.c.attempts + 1, next_at=next_at)
        .returning(*_delivery.c)
    )
    row = db.execute(claimed).first()
    return None if row is None else _value(row)


def settle(db: Connection, tried: Delivery, state: DeliveryState, result: str, next_at: datetime) -> None:
    """Write down what came of a try, and when the next one is due if it is still pending.

    A try that was overtaken by a later one leaves no trace.
    """
    settled = update(_delivery).where(_delivery.c.id == tried.id, _delivery.c.attempts == tried.attempts)
    db.execute(settled.values(state=state, last_result=result, next_at=next_at))


def _value(row: Row[Any]) -> Delivery:
    return Delivery(**{name: getattr(row, name) for name in Delivery.__dataclass_fields__})


def remove_old(db: Connection, before: datetime, limit: int) -> int:
    """Remove notices that were queued before then and are settled, at most `limit`; how many."""
    due = (
        select(_delivery.c.id)
        .where(_delivery.c.created_at < before, _delivery.c.state != DeliveryState.PENDING)
        .limit(limit)
    )
    return len(db.execute(delete(_delivery).where(_delivery.c.id.in_(due)).returning(_delivery.c.id)).all())
