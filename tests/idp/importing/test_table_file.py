"""Tables from files: damage costs its own row, whatever the bytes; reading goes on at any row."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.importing import table_file
from idp.importing.table_file import Columns, FileRefused, Row

COLUMNS: Columns = {"name": ("姓名", "name"), "number": ("号码", "number")}
HEADER = "姓名,号码"


def read(path: Path) -> tuple[str, list[Row]]:
    """Encoding and rows of a file."""
    with table_file.opened(path, COLUMNS, ("name",)) as file:
        return file.encoding, list(file.rows)


def written(path: Path, content: bytes) -> Path:
    """A file of these bytes."""
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_line_in_wrong_bytes_is_refused_alone(tmp_path: Path, encoding: str) -> None:
    """Bytes that are not the file's encoding cost their line, named by its number; the file keeps its encoding."""
    lines = [f"测试甲{n},{n}".encode(encoding) for n in range(6)]
    lines[3] = b"\xff\xfe\xff,3"
    source = written(tmp_path / "t.csv", b"\r\n".join([HEADER.encode(encoding), *lines, b""]))
    found, rows = read(source)
    assert found == encoding
    assert [(row.line, row.fault) for row in rows if row.fault] == [(5, "row.encoding")]
    assert [row.cells[0] for row in rows if not row.fault] == [f"测试甲{n}" for n in range(6) if n != 3]


def test_lines_of_the_other_encoding_are_refused_not_misread(tmp_path: Path) -> None:
    """A few lines of GB 18030 pasted into a file of UTF-8 are damaged rows, not other names."""
    lines = [f"张三丰{n},{n}".encode("gb18030" if n == 2 else "utf-8") for n in range(5)]
    found, rows = read(written(tmp_path / "t.csv", b"\n".join([HEADER.encode(), *lines, b""])))
    assert found == "utf-8"
    assert [row.line for row in rows if row.fault == "row.encoding"] == [4]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le"])
def test_other_encodings_are_refused_as_a_whole(tmp_path: Path, encoding: str) -> None:
    """What is neither UTF-8 nor GB 18030 is said to be so, before the first row."""
    source = written(tmp_path / "t.csv", f"{HEADER}\n测试,1\n".encode(encoding))
    with pytest.raises(FileRefused, match=r"import\.(encoding|missing)"):
        read(source)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_that_ends_inside_a_line_says_so(tmp_path: Path, end: str) -> None:
    """The last row is marked where its line has no end, however whole it looks; with an end it is not."""
    content = f"{HEADER}{end}甲,1{end}乙,2"
    _, rows = read(written(tmp_path / "t.csv", content.encode()))
    assert [row.is_cut for row in rows] == [False, True]
    _, rows = read(written(tmp_path / "t.csv", (content + end).encode()))
    assert [row.is_cut for row in rows] == [False, False]


def test_marks_nulls_and_long_lines_cost_themselves_only(tmp_path: Path) -> None:
    """A mark at the beginning is no part of the header; U+0000 stays in its cell; a line of 100 MB is one bad row."""
    source = tmp_path / "t.csv"
    with source.open("wb") as out:
        out.write(b"\xef\xbb\xbf" + f"{HEADER}\r\n甲\0,1\r\n".encode())
        for _ in range(100):
            out.write(b"x" * 1_000_000)
        out.write("\r\n乙,2\r\n".encode())
    _, rows = read(source)
    assert [(row.line, row.fault) for row in rows] == [(2, None), (3, "row.too_long"), (4, None)]
    assert rows[0].cells == ["甲\0", "1"]


def test_json_lines_are_rows_too(tmp_path: Path) -> None:
    """One object a line, keys in either language; what is no plain object is a bad row with its line."""
    lines: list[object] = [
        {"姓名": "甲", "number": 1, "else": None},
        ["no object"],
        {"name": {"nested": 1}},
        {"name": "乙", "号码": None},
    ]
    text = "\n".join(json.dumps(each, ensure_ascii=False) for each in lines) + "\n{broken\n"
    _, rows = read(written(tmp_path / "t.jsonl", text.encode()))
    assert [(row.line, row.fault) for row in rows] == [
        (1, None),
        (2, "row.json"),
        (3, "row.json"),
        (4, None),
        (5, "row.json"),
    ]
    assert [row.cells for row in rows if not row.fault] == [["甲", "1"], ["乙", ""]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_reading_goes_on_after_any_row(tmp_path: Path, encoding: str) -> None:
    """From the place after a row the rest comes as in one reading, cells over several lines included."""
    content = f'{HEADER}\r\n甲,1\r\n"乙\r\n乙",2\r\n\r\n"坏,3\r\n丙,4\r\n'
    source = written(tmp_path / "t.csv", content.encode(encoding))
    _, rows = read(source)
    assert [row.line for row in rows] == [2, 3, 6, 7]
    for place, row in enumerate(rows):
        with table_file.opened(source, COLUMNS, ("name",)) as file:
            file.go_to(row.next_line, row.end)
            assert list(file.rows) == rows[place + 1 :]


def test_the_digest_tells_files_apart(tmp_path: Path) -> None:
    """One other byte far behind is another file; the same bytes under another name are the same."""
    body = HEADER.encode() + b"\n" + b"x,1\n" * 600_000
    digests = []
    for name, content in (("a", body), ("b", body), ("c", body[:-2] + b"2\n")):
        with table_file.opened(written(tmp_path / name, content), COLUMNS, ("name",)) as file:
            digests.append(file.digest)
    assert digests[0] == digests[1] != digests[2]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_rows_or_a_refusal(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """No file whatever raises anything else, and lines go up."""
    source = written(tmp_path_factory.mktemp("any") / "t.csv", HEADER.encode() + b"\n" + content)
    try:
        _, rows = read(source)
    except FileRefused:
        return
    lines = [row.line for row in rows]
    assert lines == sorted(set(lines))
