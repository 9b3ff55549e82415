"""Reading a file of persons."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from idp.accounts.new_person import NewPerson
from idp.accounts.problems import FIELD_WORDS, Problem
from idp.importing import table_file
from idp.importing.table_file import Columns, Row, TableFile

COLUMNS: Final[Columns] = {field: words for field, words in FIELD_WORDS.items() if field != "row"}
REQUIRED: Final = ("name", "id_number")


@dataclass(frozen=True, slots=True)
class PersonFile(TableFile):
    """An opened file whose rows are persons."""

    def person(self, row: Row) -> NewPerson | list[Problem]:
        """The person of a row as typed, or what makes the row unreadable."""
        if fault := self.fault(row):
            return [Problem("row", fault)]
        level = self.cell(row, "level").strip() or "0"
        return NewPerson(
            id_number=self.cell(row, "id_number").strip(),
            name=self.cell(row, "name").strip(),
            mobile=self.cell(row, "mobile").strip() or None,
            level=int(level) if level in {"0", "1", "2", "3"} else -1,
            password=self.cell(row, "password") or None,
            id_kind=self.cell(row, "id_kind").strip() or None,
        )


@contextmanager
def opened(path: Path) -> Iterator[PersonFile]:
    """Open a file of persons; raises as `table_file.opened`."""
    with table_file.opened(path, COLUMNS, REQUIRED) as file:
        yield PersonFile(**{each.name: getattr(file, each.name) for each in fields(TableFile)})
