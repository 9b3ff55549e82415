"""Queries on keys."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from idp.keys.models import DataKeyRow, KeyPairRow, KeyPurpose, KeyState, RootKeyRow
from idp.storage.base import table_of
from idp.storage.stamps import raise_stamp

_pair = table_of(KeyPairRow)
_data = table_of(DataKeyRow)
_root = table_of(RootKeyRow)
STAMP = "keys"
TIMELINE = (
    "created_at",
    "published_at",
    "activated_at",
    "verify_only_at",
    "retired_at",
    "destroyed_at",
)
LIVE = (KeyState.PUBLISHED, KeyState.ACTIVE, KeyState.VERIFY_ONLY)
"""States in which others may meet a key: it is in the key set, or what it sealed still opens."""


def list_key_pairs(db: Connection, purpose: KeyPurpose, *states: KeyState) -> list[Any]:
    """Key pairs of a purpose in these states (the live ones where none is named), oldest first."""
    wanted = select(_pair).where(_pair.c.purpose == purpose, _pair.c.state.in_(states or LIVE))
    return list(db.execute(wanted.order_by(_pair.c.created_at)))


def add_key_pair(db: Connection, row: dict[str, object]) -> None:
    """Add a key pair and tell all processes. Raises Conflict (at the transaction's door) where one is active already."""
    db.execute(insert(_pair).values(**row))
    raise_stamp(db, STAMP)


def find_key_pair(db: Connection, kid: str) -> Any | None:
    """The key pair of this kid in any state, or None."""
    return db.execute(select(_pair).where(_pair.c.kid == kid)).first()


def find_key_pair_for_change(db: Connection, kid: str) -> Any | None:
    """The key pair of this kid, held against other changes until the transaction ends, or None."""
    return db.execute(select(_pair).where(_pair.c.kid == kid).with_for_update()).first()


def change_key_pair(db: Connection, kid: str, old: KeyState, values: dict[str, object]) -> bool:
    """Change a key pair that is still in state `old`, and tell all processes; False when it left that state.

    Raises Conflict (at the transaction's door) where another one is active already.
    """
    changed = db.execute(
        update(_pair).where(_pair.c.kid == kid, _pair.c.state == old).values(values)
    ).rowcount
    raise_stamp(db, STAMP)
    return bool(changed)


def add_uses(db: Connection, uses: dict[str, int]) -> None:
    """Add to the counters of key pairs."""
    for kid, count in uses.items():
        db.execute(update(_pair).where(_pair.c.kid == kid).values(used=_pair.c.used + count))


def latest_instant(db: Connection) -> datetime | None:
    """The last instant in any key pair's timeline, or None without keys."""
    columns = [func.max(_pair.c[step]) for step in TIMELINE]
    row = db.execute(select(*columns)).one()
    return max((at for at in row if at is not None), default=None)


def list_all_key_pairs(db: Connection) -> list[Any]:
    """Every key pair in any state, by purpose, algorithm and age."""
    return list(db.execute(select(_pair).order_by(_pair.c.purpose, _pair.c.algorithm, _pair.c.created_at)))


def list_all_data_keys(db: Connection) -> list[Any]:
    """Every version of every data key in any state."""
    return list(db.execute(select(_data).order_by(_data.c.purpose, _data.c.version)))


def list_root_keys(db: Connection) -> list[Any]:
    """Every generation of the root key, oldest first."""
    return list(db.execute(select(_root).order_by(_root.c.generation)))
