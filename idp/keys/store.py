"""Queries on keys."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from idp.keys.models import DataKeyRow, KeyState, SigningKeyRow
from idp.storage.base import table_of
from idp.storage.stamps import raise_stamp

_signing = table_of(SigningKeyRow)
_data = table_of(DataKeyRow)
STAMP = "keys"


def list_signing_keys(db: Connection) -> list[Any]:
    """All signing keys that are not retired, oldest first."""
    wanted = select(_signing).where(_signing.c.state != KeyState.RETIRED).order_by(_signing.c.created_at)
    return list(db.execute(wanted))


def add_signing_key(db: Connection, row: dict[str, object]) -> None:
    """Add a signing key and tell all processes."""
    db.execute(insert(_signing).values(**row))
    raise_stamp(db, STAMP)


def list_data_keys(db: Connection, purpose: str) -> list[Any]:
    """Versions of a data key, lowest first."""
    return list(db.execute(select(_data).where(_data.c.purpose == purpose).order_by(_data.c.version)))


def add_data_key(
    db: Connection, key_id: str, purpose: str, version: int, wrapped: bytes, now: datetime
) -> None:
    """Add a version of a data key; the pair of purpose and version is unique."""
    db.execute(
        insert(_data).values(id=key_id, purpose=purpose, version=version, wrapped=wrapped, created_at=now)
    )
