"""Look-up digests of another version, in the other column, and the removal of the old ones (decision 0013)."""

from collections.abc import Sequence
from typing import Any, Final

from crypto.lookup import Lookup
from crypto.seal import Sealer
from idp.errors import Conflict
from idp.keys.data import store as data_store
from idp.keys.models import KeyState
from idp.keys.reseal import store
from idp.keys.reseal.store import Change
from idp.storage.engine import Db, Sql
from idp.storage.sealed import DigestedTable, SealedTable

PURPOSE: Final = "lookup"
EMPTIED_AT_ONCE: Final = 500


class SecondDigests:
    """The work of one table for one version of the look-up key; done when every row is found under it."""

    def __init__(self, sealer: Sealer, lookup: Lookup, table: DigestedTable, version: int) -> None:
        self._sealer = sealer
        self._lookup = lookup
        self._digested = table
        self.version = version
        self.name = f"lookup:{table.name}"

    @property
    def table(self) -> SealedTable:
        """The table with its sealed columns."""
        return self._digested.sealed

    def change(self, row: Any) -> Change | None:
        """The digests that the row lacks; one that is there is of this version, for its column was empty before.

        Raises SealError when the row does not open, Conflict when this version is not held.
        """
        seen: dict[str, bytes | None] = {}
        new: dict[str, bytes | None] = {}
        is_whole = True
        for column in self._digested.columns:
            slot = column.slot(self.version)
            sealed, kept = getattr(row, column.source), getattr(row, slot)
            seen |= {column.source: sealed, slot: kept}
            is_lacking = sealed is not None and kept is None
            new[slot] = self._digest(row.id, column.source, sealed, column.kind(row)) if is_lacking else kept
            is_whole &= not is_lacking
        return None if is_whole else Change(row.id, seen, new)

    def count_left(self, db: Db) -> int:
        """Rows that cannot be found under this version."""
        return store.count_missing(db, self._digested, self.version)

    def _digest(self, row_id: str, source: str, sealed: bytes, kind: str) -> bytes:
        value = self._sealer.open(bytes(sealed), self.table.place, row_id, source).decode()
        digest = self._lookup.digests(kind, value).get(self.version)
        if digest is None:
            raise Conflict("object.conflict", "the look-up key of this version is not held")
        return digest


class DigestedRows:
    """The rows behind versions of the look-up key, as their life must know them."""

    def __init__(self, tables: Sequence[DigestedTable]) -> None:
        self._tables = tables

    def before_published(self, db: Db, version: int) -> int:
        """Rows in whose columns for this version there are digests of an earlier one."""
        return sum(store.count_digests(db, table, version) for table in self._tables)

    def before_active(self, db: Db, version: int) -> int:
        """Rows that would not be found."""
        return sum(store.count_missing(db, table, version) for table in self._tables)

    def before_retired(self, _db: Db, _version: int) -> int:
        """None: rows hold digests under both versions, and are found under the other one."""
        return 0

    def before_destroyed(self, db: Db, version: int, newest: int) -> int:
        """Rows that hold digests of this version; none once the version after the next took its columns over."""
        return self.before_published(db, version) if newest < version + 2 else 0

    def empty_some(self, sql: Sql, version: int) -> int:
        """Remove digests of a retired version from some rows of each table, in short transactions; how many rows held one.

        Raises Conflict when the version is not retired or its columns serve a later one.
        """
        emptied = 0
        for table in self._tables:
            with sql.begin() as db:
                # Held, so that nobody publishes the next version of these columns in between.
                rows = data_store.list_for_change(db, PURPOSE)
                is_over = any(row.version == version and row.state in _OVER for row in rows)
                if not is_over or rows[-1].version >= version + 2:
                    raise Conflict("object.conflict", f"{PURPOSE} {version} is in use")
                emptied += store.empty_digests(db, table, version, EMPTIED_AT_ONCE)
        return emptied


_OVER: Final = (KeyState.RETIRED, KeyState.DESTROYED)
