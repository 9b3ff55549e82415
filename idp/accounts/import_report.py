"""What an import comes to: counts, the first problems in masked form, and the file of the bad rows.

The error file holds the original rows, in clear, so that they can be put right and imported again: it is readable
by its owner only. Nothing else here holds a value that was not masked.
"""

import csv
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, TextIO

from idp.accounts.import_file import PersonFile
from idp.accounts.problems import FIELD_WORDS, ZH, Problem
from idp.errors import RequestRefused
from idp.identifiers import masking
from idp.importing.table_file import REPORT_COLUMNS, Row

SHOWN: Final = 100
"""Problems that are kept for showing; the error file has all."""
_MASKS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "id_number": masking.mask_id_number,
        "mobile": masking.mask_mobile,
        "name": masking.mask_name,
        "level": lambda value: value if len(value) < 3 else "*",
    }
)
"""How a value may be shown, also a wrong one; fields that are not here show nothing."""


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """A problem as a terminal may show it: `value` is masked."""

    line: int
    value: str
    problem: Problem


@dataclass(slots=True)
class ImportReport:
    """The outcome so far. `unchanged` rows were there already, with the same name and mobile number;
    `last_line` is where the last whole batch ends.
    """

    added: int = 0
    unchanged: int = 0
    refused: int = 0
    last_line: int = 0
    is_stopped: bool = False
    problems: list[ShownProblem] = field(default_factory=list)

    @property
    def seen(self) -> int:
        """Rows that were dealt with."""
        return self.added + self.unchanged + self.refused


class BadRows:
    """Takes the refused rows: into the report, and into the error file if there is one."""

    def __init__(self, file: PersonFile, report: ImportReport, out: TextIO | None) -> None:
        self._file = file
        self._report = report
        self._writer = csv.writer(out) if out is not None else None
        if self._writer is not None:
            self._writer.writerow([*REPORT_COLUMNS, *file.original(file.header)])

    def add(self, row: Row, problems: list[Problem]) -> None:
        """Count a refused row and write it out with its problems in words."""
        self._report.refused += 1
        for problem in problems[: max(0, SHOWN - len(self._report.problems))]:
            value = self._masked(row, problem.field)
            self._report.problems.append(ShownProblem(row.line, value, problem))
        if self._writer is not None:
            fields = ";".join(FIELD_WORDS[problem.field][ZH] for problem in problems)
            words = ";".join(problem.words(ZH) for problem in problems)
            self._writer.writerow([row.line, fields, words, *self._file.original(row.cells)])

    def _masked(self, row: Row, field_name: str) -> str:
        mask = _MASKS.get(field_name)
        value = self._file.cell(row, field_name).strip()
        return mask(value) if mask and value else ""


@contextmanager
def error_file(path: Path | None, source: Path) -> Iterator[TextIO | None]:
    """Open the error file anew, for its owner only (mode 0600), in UTF-8 with the mark that spreadsheets look for.

    Raises RequestRefused `import.report_is_source` when it is the imported file itself; OSError when it cannot be
    written.
    """
    if path is None:
        yield None
        return
    if path.exists() and path.samefile(source):
        raise RequestRefused("import.report_is_source", "error file is the source")
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as out:
        os.fchmod(handle, 0o600)
        os.ftruncate(handle, 0)
        yield out
