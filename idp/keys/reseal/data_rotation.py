"""The rotation of data keys, put together over the tables of the house."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crypto.keys.handle import KeyProvider
from idp.audit.service import Audit
from idp.clock import Clock
from idp.keys.data.held import HeldKeys
from idp.keys.data.lifecycle import DataLifecycle, NoRows, Work
from idp.keys.reseal.digests import DigestedRows
from idp.keys.reseal.sealing import SealedRows
from idp.keys.reseal.service import Reseal
from idp.keys.reseal.upkeep import Upkeep
from idp.keys.settings import KeysSettings
from idp.storage.engine import Db, Sql
from idp.storage.sealed import DigestedTable, SealedTable


@dataclass(frozen=True, slots=True)
class Tables:
    """What stands behind data keys.

    Every table with sealed columns, every table that is looked up, and how many password hashes were made under a
    version of the pepper.
    """

    sealed: Sequence[SealedTable]
    digested: Sequence[DigestedTable]
    count_peppered: Callable[[Db, int], int]


@dataclass(frozen=True, slots=True)
class DataRotation:
    """Moves of versions, what is made anew, and the job that does both."""

    lifecycle: DataLifecycle
    reseal: Reseal
    upkeep: Upkeep


class PepperedRows(NoRows):
    """The hashes behind versions of the pepper: renewed when their owners sign in."""

    def __init__(self, count: Callable[[Db, int], int]) -> None:
        self._count = count

    def before_retired(self, db: Db, version: int) -> int:
        """Hashes that only this version verifies."""
        return self._count(db, version)

    def before_destroyed(self, db: Db, version: int, _newest: int) -> int:
        """The same, once more before it is for good."""
        return self._count(db, version)


def data_rotation(
    sql: Sql,
    clock: Clock,
    audit: Audit,
    provider: KeyProvider,
    held: HeldKeys,
    settings: KeysSettings,
    tables: Tables,
) -> DataRotation:
    """The rotation over these tables."""
    digested = DigestedRows(tables.digested)
    works: dict[str, Work] = {
        "seal": SealedRows(tables.sealed),
        "lookup": digested,
        "pepper": PepperedRows(tables.count_peppered),
    }
    lifecycle = DataLifecycle(sql, clock, audit, provider, settings, works)
    reseal = Reseal(
        sql, clock, audit, held.rings, held.silent_sealer, held.persons, tables.sealed, tables.digested
    )
    upkeep = Upkeep(sql, clock, lifecycle, works, reseal, digested, settings)
    return DataRotation(lifecycle, reseal, upkeep)
