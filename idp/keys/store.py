"""Queries on keys."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from idp.keys.models import DataKeyRow, KeyPairRow, KeyPurpose, KeyState
from idp.storage.base import table_of
from idp.storage.stamps import raise_stamp

_pair = table_of(KeyPairRow)
_data = table_of(DataKeyRow)
STAMP = "keys"
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


def list_data_keys(db: Connection, purpose: str) -> list[Any]:
    """Live versions of a data key, lowest first."""
    wanted = select(_data).where(_data.c.purpose == purpose, _data.c.state.in_(LIVE))
    return list(db.execute(wanted.order_by(_data.c.version)))


def add_data_key(
    db: Connection, key_id: str, purpose: str, version: int, wrapped: bytes, provider: str, now: datetime
) -> None:
    """Add an active version of a data key and tell all processes; the pair of purpose and version is unique."""
    row = {
        "id": key_id,
        "purpose": purpose,
        "version": version,
        "provider": provider,
        "state": KeyState.ACTIVE,
        "wrapped": wrapped,
        "used": 0,
        "created_at": now,
        "published_at": now,
        "activated_at": now,
    }
    db.execute(insert(_data).values(**row))
    raise_stamp(db, STAMP)
