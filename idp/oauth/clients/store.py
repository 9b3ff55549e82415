"""Every query on OAuth clients."""

from typing import Any

from sqlalchemy import Connection, insert, select, update

from idp.applications.store import STAMP
from idp.oauth.clients.models import ClientRow
from idp.storage.base import table_of
from idp.storage.stamps import raise_stamp

_client = table_of(ClientRow)


def add(db: Connection, row: dict[str, object]) -> None:
    """Add a client and tell all processes."""
    db.execute(insert(_client).values(**row))
    raise_stamp(db, STAMP)


def change(db: Connection, client_id: str, values: dict[str, object]) -> None:
    """Change columns of a client and tell all processes."""
    db.execute(update(_client).where(_client.c.client_id == client_id).values(**values))
    raise_stamp(db, STAMP)


def find(db: Connection, client_id: str) -> Any | None:
    """The row of a client, or None."""
    return db.execute(select(_client).where(_client.c.client_id == client_id)).first()


def list_all(db: Connection) -> list[Any]:
    """Rows of all clients."""
    return list(db.execute(select(_client)))
