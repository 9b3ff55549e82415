"""Sealing rows anew under the active version of the sealing key."""

from collections.abc import Sequence
from typing import Any

from crypto.seal import Sealer, key_id_of
from idp.errors import Conflict
from idp.keys.reseal import store
from idp.keys.reseal.store import Change
from idp.storage.engine import Db
from idp.storage.sealed import SealedTable


class SealAnew:
    """The work of one table for one version; done when no column is sealed under any other."""

    def __init__(self, sealer: Sealer, table: SealedTable, version: int) -> None:
        self._sealer = sealer
        self.table = table
        self.version = version
        self.name = f"seal:{table.name}"

    def change(self, row: Any) -> Change | None:
        """The row's sealed columns, opened and sealed again where they were under another version.

        Raises SealError when one does not open, Conflict when the sealer went on to a version that this is not for.
        """
        seen = {column: _bytes(getattr(row, column)) for column in self.table.columns}
        new = {column: self._anew(row.id, column, sealed) for column, sealed in seen.items()}
        if new == seen:
            return None
        if any(key_id_of(sealed) != self.version for sealed in new.values() if sealed is not None):
            raise Conflict("object.conflict", "the active sealing key changed")
        return Change(row.id, seen, new)

    def count_left(self, db: Db) -> int:
        """Rows with a column under another version."""
        return store.count_sealed(db, self.table, self.version, is_under=False)

    def _anew(self, row_id: str, column: str, sealed: bytes | None) -> bytes | None:
        if sealed is None or key_id_of(sealed) == self.version:
            return sealed
        place = (self.table.place, row_id, column)
        return self._sealer.seal(self._sealer.open(sealed, *place), *place)


class SealedRows:
    """The rows behind versions of the sealing key, as their life must know them."""

    def __init__(self, tables: Sequence[SealedTable]) -> None:
        self._tables = tables

    def before_published(self, _db: Db, _version: int) -> int:
        """None: any number of versions may open at once."""
        return 0

    def before_active(self, _db: Db, _version: int) -> int:
        """None: rows are sealed anew afterwards."""
        return 0

    def before_retired(self, db: Db, version: int) -> int:
        """Rows that only this version opens."""
        return sum(store.count_sealed(db, table, version, is_under=True) for table in self._tables)

    def before_destroyed(self, db: Db, version: int, _newest: int) -> int:
        """The same, once more before it is for good."""
        return self.before_retired(db, version)


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
