"""Queries on data keys."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, tuple_, update

from idp.keys.models import DataKeyRow, KeyState
from idp.keys.store import LIVE, STAMP, TIMELINE
from idp.storage.base import table_of
from idp.storage.stamps import raise_stamp

_data = table_of(DataKeyRow)


def list_data_keys(db: Connection, purpose: str) -> list[Any]:
    """Live versions of a data key, lowest first."""
    wanted = select(_data).where(_data.c.purpose == purpose, _data.c.state.in_(LIVE))
    return list(db.execute(wanted.order_by(_data.c.version)))


def list_live(db: Connection) -> list[Any]:
    """Live versions of all data keys, by purpose, lowest first."""
    wanted = select(_data).where(_data.c.state.in_(LIVE))
    return list(db.execute(wanted.order_by(_data.c.purpose, _data.c.version)))


def list_versions(db: Connection, purpose: str) -> list[Any]:
    """All versions of a data key in any state, lowest first."""
    return list(db.execute(select(_data).where(_data.c.purpose == purpose).order_by(_data.c.version)))


def list_for_change(db: Connection, purpose: str) -> list[Any]:
    """All versions of a data key, lowest first; nobody else changes them until the transaction ends."""
    wanted = select(_data).where(_data.c.purpose == purpose)
    return list(db.execute(wanted.order_by(_data.c.version).with_for_update()))


def add_data_key(db: Connection, row: Mapping[str, object]) -> None:
    """Add a version and tell all processes.

    Raises Conflict (at the transaction's door) when the pair of purpose and version is there, or an active one is.
    """
    db.execute(insert(_data).values(**row))
    raise_stamp(db, STAMP)


def change_data_key(db: Connection, key_id: str, old: KeyState, values: Mapping[str, object]) -> bool:
    """Change a version that is still in state `old`, and tell all processes; False when it left that state."""
    changed = db.execute(update(_data).where(_data.c.id == key_id, _data.c.state == old).values(**values))
    raise_stamp(db, STAMP)
    return bool(changed.rowcount)


def add_uses(db: Connection, uses: Mapping[tuple[str, int], int]) -> dict[tuple[str, int], int]:
    """Add to the counters of versions and give what they stand at, by purpose and version."""
    for (purpose, version), count in uses.items():
        mine = update(_data).where(_data.c.purpose == purpose, _data.c.version == version)
        db.execute(mine.values(used=_data.c.used + count))
    wanted = select(_data.c.purpose, _data.c.version, _data.c.used)
    rows = db.execute(wanted.where(tuple_(_data.c.purpose, _data.c.version).in_(list(uses))))
    return {(row.purpose, row.version): row.used for row in rows}


def latest_instant(db: Connection) -> datetime | None:
    """The last instant in any data key's timeline, or None without keys."""
    row = db.execute(select(*(func.max(_data.c[step]) for step in TIMELINE))).one()
    return max((at for at in row if at is not None), default=None)
