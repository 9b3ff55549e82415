"""What a table keeps sealed and by which digests it is found: declared beside each store, walked when keys are rotated.

A sealed column is sealed for (place, id of the row, name of the column): the place is the name of the table, or of the
table where the column stood before; the id is the column `id`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table with the columns that hold sealed bytes, or NULL."""

    table: Table
    columns: tuple[str, ...]
    place: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "place", self.place or self.table.name)

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name


@dataclass(frozen=True, slots=True)
class DigestedColumn:
    """A sealed column that is looked up by digests in two columns: under keys of odd and of even version.

    `kind` gives the kind of digest from a row.
    """

    source: str
    odd: str
    even: str
    kind: Callable[[Any], str]

    def slot(self, version: int) -> str:
        """The column that holds digests under the look-up key of this version."""
        return self.odd if version % 2 else self.even


@dataclass(frozen=True, slots=True)
class DigestedTable:
    """A table with the columns by which its rows are looked up."""

    sealed: SealedTable
    columns: tuple[DigestedColumn, ...]

    @property
    def name(self) -> str:
        """The table's name."""
        return self.sealed.name
