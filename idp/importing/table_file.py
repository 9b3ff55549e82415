"""Reading a table from a file: which encoding, which columns, and its rows one by one.

A damaged row is a row with a fault; it never takes its neighbours with it. Memory does not grow with the file.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from idp.errors import RequestRefused

REPORT_COLUMNS: Final = ("行号", "字段", "问题")
"""What an error file adds in front of the original columns; passed over when it is imported again."""
CHUNK: Final = 1 << 20
LONGEST_LINE: Final = 1 << 16
LONGEST_RECORD: Final = 50
"""Lines that one quoted cell may span; beyond that its opening mark was a slip."""

Columns = Mapping[str, tuple[str, ...]]
"""Fields with the headers under which they stand, in either language."""


class FileRefused(RequestRefused):
    """The file as a whole cannot be read: encoding, header."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stood: the line where it begins, its cells, and what makes it unreadable."""

    line: int
    cells: list[str]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class TableFile:
    """An opened file. `encoding` is said to the operator, `lines` is the number of line ends; `rows` gives each row
    that is not empty, once.
    """

    encoding: str
    lines: int
    header: list[str]
    rows: Iterator[Row]
    places: Mapping[str, int]

    def cell(self, row: Row, field: str) -> str:
        """What stands in the column of a field, or an empty text."""
        place = self.places.get(field, -1)
        return row.cells[place] if 0 <= place < len(row.cells) else ""

    def has(self, field: str) -> bool:
        """Whether the file has this column."""
        return field in self.places

    def fault(self, row: Row) -> str | None:
        """What makes a row unreadable as a whole, or None."""
        if row.fault:
            return row.fault
        return "row.columns" if any(cell.strip() for cell in row.cells[len(self.header) :]) else None

    def original(self, cells: Sequence[str]) -> list[str]:
        """The cells without those that an error file had added."""
        added = {number for number, header in enumerate(self.header) if header.strip() in REPORT_COLUMNS}
        return [cell for number, cell in enumerate(cells) if number not in added]


@contextmanager
def opened(path: Path, columns: Columns, required: Sequence[str]) -> Iterator[TableFile]:
    """Open a file of rows, read through once to tell its encoding and length.

    Raises FileRefused `import.encoding` when it is neither UTF-8 nor GB 18030, `import.missing` or
    `import.repeated` when a column lacks or stands twice, `import.empty`; OSError when there is no such file.
    """
    with path.open("rb") as file:
        encoding, lines = _measured(file)
        file.seek(0)
        text = io.TextIOWrapper(file, encoding=encoding, newline="")
        rows = (row for row in _records(_numbered(text)) if any(cell.strip() for cell in row.cells))
        header = next(rows, None)
        if header is None:
            raise FileRefused("import.empty", "no row")
        yield TableFile(encoding, lines, header.cells, rows, _places(header.cells, columns, required))


def _places(header: Sequence[str], columns: Columns, required: Sequence[str]) -> dict[str, int]:
    fields = {word.casefold(): field for field, words in columns.items() for word in words}
    places: dict[str, int] = {}
    for number, cell in enumerate(header):
        field = fields.get(cell.strip().casefold())
        if field is not None and field in places:
            raise FileRefused("import.repeated", "repeated column", column="/".join(columns[field]))
        if field:
            places[field] = number
    for field in required:
        if field not in places:
            raise FileRefused("import.missing", "missing column", column="/".join(columns[field]))
    return places


def _measured(file: BinaryIO) -> tuple[str, int]:
    """Encoding and number of lines. Text in GB 18030 is valid UTF-8 by accident only."""
    start = file.read(len(codecs.BOM_UTF8))
    for encoding in ("utf-8-sig" if start == codecs.BOM_UTF8 else "utf-8", "gb18030"):
        file.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        lines = 0
        try:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
                lines += chunk.count(b"\n")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding, lines
    raise FileRefused("import.encoding", "neither UTF-8 nor GB 18030")


def _numbered(text: TextIO) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; of an overlong one the beginning, longer than LONGEST_LINE."""
    number = 1
    while line := text.readline(LONGEST_LINE + 1):
        rest = line
        while len(rest) > LONGEST_LINE and not rest.endswith(("\n", "\r")):
            rest = text.readline(LONGEST_LINE + 1)
        yield number, line
        number += 1


def _records(lines: Iterator[tuple[int, str]]) -> Iterator[Row]:
    """Rows: mostly a line each; a quoted cell may span lines, an unclosed mark costs its own line only."""
    waiting: list[tuple[int, str]] = []
    while True:
        number, line = waiting.pop(0) if waiting else next(lines, (0, ""))
        if not line:
            return
        if len(line) > LONGEST_LINE:
            yield Row(number, [line], "row.too_long")
            continue
        parts = [line]
        cells, is_open = _cells(parts)
        taken: list[tuple[int, str]] = []
        while is_open and len(parts) < LONGEST_RECORD:
            following = waiting.pop(0) if waiting else next(lines, (0, ""))
            if not following[1]:
                break
            taken.append(following)
            parts.append(following[1])
            cells, is_open = _cells(parts)
        if cells is None:
            waiting = taken + waiting
            yield Row(number, next(csv.reader([line.rstrip("\r\n")])), "row.quotes")
        else:
            yield Row(number, cells)


def _cells(parts: list[str]) -> tuple[list[str] | None, bool]:
    """The cells of a record written on these lines; None when it is no CSV, and whether a quoted cell is still open."""
    try:
        return next(csv.reader(parts, strict=True)), False
    except csv.Error as error:
        return None, "unexpected end" in str(error) and len(parts[-1]) <= LONGEST_LINE
