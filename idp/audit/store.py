"""Every query on the audit log."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert

from idp.audit.models import AuditRow
from idp.storage.base import table_of
from idp.storage.direct import Prepared

_INSERT = insert(table_of(AuditRow))
_COLUMNS = ("at", "act", "outcome", "actor", "object", "place", "reference", "details")
_INSERT_ONE = Prepared(_INSERT.inline(), _COLUMNS)


def add(db: Connection, rows: Sequence[dict[str, object]]) -> None:
    """Append rows in one statement; nothing changes or removes them."""
    if len(rows) == 1:
        _INSERT_ONE.run(db, rows[0])
    else:
        db.execute(_INSERT, rows)
