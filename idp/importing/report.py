"""What an import comes to: counts, the first problems in masked form, and the file of the bad rows.

The error file holds the original rows, in clear, so that they can be put right and imported again: it is readable
by its owner only. Nothing else here holds a value that was not masked.
"""

import csv
import io
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from idp.errors import RequestRefused
from idp.importing.problems import ZH, Problem, Vocabulary
from idp.importing.table_file import REPORT_COLUMNS, Row, TableFile

SHOWN: Final = 100
"""Problems that are kept for showing; the error file has all."""
BOM: Final = "\ufeff"
COUNTED: Final = ("added", "changed", "unchanged", "refused")
Refused = Sequence[tuple[Row, Sequence[Problem]]]


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """A problem as a terminal may show it: `value` is masked."""

    line: int
    value: str
    problem: Problem


@dataclass(slots=True)
class ImportReport:
    """The outcome so far, what a run before this one counted included: `resumed_after` is the line where that ended.

    `unchanged` rows were there already and say the same; `last_line` is where the last whole batch ends; `tally` is what
    one kind of import counts beside.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    last_line: int = 0
    resumed_after: int | None = None
    is_stopped: bool = False
    problems: list[ShownProblem] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)

    def counts(self) -> dict[str, int]:
        """The counts by name."""
        return {name: getattr(self, name) for name in COUNTED}

    def take_up(self, counts: Mapping[str, int], tally: Mapping[str, int]) -> None:
        """Go on from these counts."""
        for name in COUNTED:
            setattr(self, name, int(counts.get(name, 0)))
        self.tally = Counter(tally)

    def show(self, rows: Refused, file: TableFile, vocabulary: Vocabulary) -> None:
        """Keep problems for showing, as long as there is room."""
        for row, problems in rows:
            for problem in problems[: max(0, SHOWN - len(self.problems))]:
                value = vocabulary.shown(problem.field, file.cell(row, problem.field).strip())
                self.problems.append(ShownProblem(row.line, value, problem))


class ErrorFile:
    """The refused rows as they stood, with their problems in words; without a file it keeps nothing.

    It is written before the batch is, and cut back to where the journal stood: after a kill it has every refused row of
    the batches that stand, and no other.
    """

    def __init__(self, out: BinaryIO | None, vocabulary: Vocabulary) -> None:
        self._out = out
        self._vocabulary = vocabulary
        self.size = 0

    def begin(self, file: TableFile, size: int) -> None:
        """Go on at `size`, the length that an earlier run left; anew where this is another file."""
        if self._out is None:
            return
        head = BOM + _line([*REPORT_COLUMNS, *file.original(file.header)])
        self._out.seek(0)
        is_ours = self._out.read(len(head.encode())) == head.encode()
        is_whole = 0 < size <= self._out.seek(0, io.SEEK_END)
        self.cut(size if is_ours and is_whole else 0)
        if self.size == 0:
            self._write(head)

    def add(self, file: TableFile, rows: Refused) -> None:
        """Write refused rows out."""
        if self._out is None or not rows:
            return
        for row, problems in rows:
            fields = ";".join(self._vocabulary.field(problem.field, ZH) for problem in problems)
            words = ";".join(self._vocabulary.words(problem, ZH) for problem in problems)
            self._write(_line([row.line, fields, words, *file.original(row.cells)]))
        self._out.flush()

    def cut(self, size: int) -> None:
        """Take back what was written beyond this length."""
        if self._out is not None:
            self._out.truncate(size)
            self._out.seek(size)
            self.size = size

    def _write(self, text: str) -> None:
        if self._out is not None:
            # A damaged row may hold halves of characters.
            self.size += self._out.write(text.encode("utf-8", "replace"))


@contextmanager
def error_file(path: Path | None, source: Path, vocabulary: Vocabulary) -> Iterator[ErrorFile]:
    """Open the error file for its owner only (mode 0600), in UTF-8 with the mark that spreadsheets look for.

    Raises RequestRefused `import.report_is_source` when it is the imported file itself; OSError when it cannot be
    written.
    """
    if path is None:
        yield ErrorFile(None, vocabulary)
        return
    if path.exists() and path.samefile(source):
        raise RequestRefused("import.report_is_source", "error file is the source")
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "r+b") as out:
        os.fchmod(handle, 0o600)
        yield ErrorFile(out, vocabulary)


def _line(cells: Sequence[object]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
