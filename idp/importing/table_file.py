"""Reading a table from a file: which encoding, which columns, and its rows one by one.

CSV, or JSON lines: one object a line, its keys the headers. A damaged row is a row with a fault; it never takes its
neighbours with it. Memory does not grow with the file, and reading can go on where an earlier run stopped.
"""

import codecs
import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

import orjson

from crypto.sm import sm3
from idp.errors import RequestRefused

REPORT_COLUMNS: Final = ("行号", "字段", "问题")
"""What an error file adds in front of the original columns; passed over when it is imported again."""
CHUNK: Final = 1 << 20
LONGEST_LINE: Final = 1 << 16
"""Bytes of a line, its end included."""
LONGEST_RECORD: Final = 50
"""Lines that one quoted cell may span; beyond that its opening mark was a slip."""
ENCODINGS: Final = ("utf-8", "gb18030")

Columns = Mapping[str, tuple[str, ...]]
"""Fields with the headers under which they stand, in either language."""


class FileRefused(RequestRefused):
    """The file as a whole cannot be read: encoding, header."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stood: the line where it begins, its cells, and what makes it unreadable.

    `is_cut` where the file ends inside its line, as files do that were not copied to their end. The row after it begins
    at line `next_line`, byte `end`.
    """

    line: int
    cells: list[str]
    fault: str | None = None
    is_cut: bool = False
    next_line: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class TableFile:
    """An opened file. `encoding` is said to the operator, `lines` is the number of line ends, `digest` tells this file
    from every other; `rows` gives each row that is not empty, once. `go_to(line, end)`, before the first row is asked
    for, lets them begin after a row that was read before.
    """

    encoding: str
    lines: int
    digest: str
    header: list[str]
    rows: Iterator[Row]
    places: Mapping[str, int]
    go_to: Callable[[int, int], None]

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
    """Open a file of rows, read through once to tell its encoding, length and digest.

    A file is of the encoding that most of its lines with other than ASCII characters are written in; the others are
    damaged rows. Raises FileRefused `import.encoding` when that is neither UTF-8 nor GB 18030, `import.missing` or
    `import.repeated` when a column lacks or stands twice, `import.empty`; OSError when there is no such file.
    """
    with path.open("rb") as file:
        encoding, lines, digest = _measured(file)
        source = _Lines(file, encoding)
        first = next(source, None)
        is_json = first is not None and first.text.lstrip().startswith("{")
        if is_json:
            header = [words[-1] for words in columns.values()]
            source.go_to(1, 0)
            every = _objects(source, columns)
        else:
            every = _records(_from(first, source))
        rows = (row for row in every if any(cell.strip() for cell in row.cells))
        if not is_json:
            header = _header(next(rows, None))
        places = _places(header, columns, required)
        yield TableFile(encoding, lines, digest, header, rows, places, source.go_to)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line: its number, its text with its end, what is wrong with it, and where the next one begins."""

    number: int
    text: str
    fault: str | None
    is_cut: bool
    end: int


class _Lines(Iterator[_Line]):
    """The lines of a file from a place on; of an overlong one the beginning."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._encoding = encoding
        self.go_to(1, 0)

    def go_to(self, number: int, place: int) -> None:
        """Let line `number`, at byte `place`, be the next one."""
        self._file.seek(place)
        self._number, self._place = number, place

    def __next__(self) -> _Line:
        line = self._file.readline(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        number, start = self._number, self._place
        size, rest = len(line), line
        while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
            rest = self._file.readline(LONGEST_LINE + 1)
            size += len(rest)
        self._number, self._place = number + 1, start + size
        text, fault = self._decoded(line.removeprefix(codecs.BOM_UTF8) if start == 0 else line)
        fault = "row.too_long" if len(line) > LONGEST_LINE else fault
        return _Line(number, text, fault, not rest.endswith(b"\n"), self._place)

    def _decoded(self, line: bytes) -> tuple[str, str | None]:
        try:
            return line.decode(self._encoding), None
        except UnicodeDecodeError:
            return line.decode(self._encoding, "replace"), "row.encoding"


def _from(first: _Line | None, following: Iterator[_Line]) -> Iterator[_Line]:
    return chain([first], following) if first is not None else iter(())


def _header(row: Row | None) -> list[str]:
    if row is None:
        raise FileRefused("import.empty", "no row")
    if row.fault == "row.encoding":
        raise FileRefused("import.encoding", "the header is neither UTF-8 nor GB 18030")
    return row.cells


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


def _measured(file: BinaryIO) -> tuple[str, int, str]:
    """Encoding, number of line ends, and digest: SM3 over the digest so far and the next piece."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, lines, digest = True, 0, b""
    while chunk := file.read(CHUNK):
        lines += chunk.count(b"\n")
        digest = sm3.digest(digest + chunk)
        is_utf8 = is_utf8 and _is_text(decoder, chunk)
    if is_utf8 and _is_text(decoder, b"", final=True):
        return "utf-8", lines, digest.hex()
    file.seek(0)
    return _likeliest(file), lines, digest.hex()


def _is_text(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _likeliest(file: BinaryIO) -> str:
    """What most of the lines that are not ASCII are written in; GB 18030 reads as UTF-8 by accident only, so that comes
    first.
    """
    told, readable = 0, dict.fromkeys(ENCODINGS, 0)
    while line := file.readline(CHUNK):
        if not line.isascii():
            told += 1
            for encoding in ENCODINGS:
                readable[encoding] += _is_text(codecs.getincrementaldecoder(encoding)(), line, final=True)
    for encoding in ENCODINGS:
        if 2 * readable[encoding] > told:
            return encoding
    raise FileRefused("import.encoding", "neither UTF-8 nor GB 18030")


def _records(lines: Iterator[_Line]) -> Iterator[Row]:
    """Rows: mostly a line each; a quoted cell may span lines, an unclosed mark costs its own line only."""
    waiting: list[_Line] = []
    while (line := waiting.pop(0) if waiting else next(lines, None)) is not None:
        if line.fault:
            yield _row(line, _loose(line.text), line.fault)
            continue
        parts = [line]
        cells, is_open = _cells(parts)
        while is_open and len(parts) < LONGEST_RECORD:
            following = waiting.pop(0) if waiting else next(lines, None)
            if following is None:
                break
            parts.append(following)
            cells, is_open = _cells(parts)
        if cells is None:
            waiting = parts[1:] + waiting
            yield _row(line, _loose(line.text), "row.quotes")
        else:
            yield _row(parts[-1], cells, None, line.number)


def _row(last: _Line, cells: list[str], fault: str | None, first: int | None = None) -> Row:
    return Row(first or last.number, cells, fault, last.is_cut, last.number + 1, last.end)


def _loose(text: str) -> list[str]:
    """The cells of a damaged line, for the error file."""
    try:
        return next(csv.reader([text[:LONGEST_LINE].rstrip("\r\n")]), [])
    except csv.Error:
        return [text.rstrip("\r\n")]


def _cells(parts: list[_Line]) -> tuple[list[str] | None, bool]:
    """The cells of a record written on these lines; None when it is no CSV, and whether a quoted cell is still open."""
    try:
        return next(csv.reader((part.text for part in parts), strict=True)), False
    except csv.Error as error:
        return None, "unexpected end" in str(error) and not parts[-1].fault


def _objects(lines: Iterator[_Line], columns: Columns) -> Iterator[Row]:
    """Rows of JSON lines: texts, numbers, truth values and null under the headers in either language."""
    fields = {word.casefold(): place for place, words in enumerate(columns.values()) for word in words}
    for line in lines:
        cells, fault = [""] * len(columns), line.fault
        try:
            values = {} if fault or not line.text.strip() else orjson.loads(line.text)
        except orjson.JSONDecodeError:
            values, fault = {}, "row.json"
        if not isinstance(values, dict) or any(isinstance(value, dict | list) for value in values.values()):
            values, fault = {}, "row.json"
        for key, value in values.items():
            place = fields.get(key.strip().casefold())
            if place is not None and value is not None:
                cells[place] = str(value).lower() if isinstance(value, bool) else str(value)
        yield _row(line, [line.text.strip(), *cells[1:]] if fault else cells, fault)
