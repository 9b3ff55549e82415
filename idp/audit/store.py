"""Every query on the audit log."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert

from idp.audit.models import AuditRow
from idp.storage.base import table_of

_INSERT = insert(table_of(AuditRow))


def add(db: Connection, rows: Sequence[dict[str, object]]) -> None:
    """Append rows in one statement; nothing changes or removes them."""
    db.execute(_INSERT, rows)
