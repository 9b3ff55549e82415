"""specs/gbt39786.md claims nothing that is not in the tree: every file and test it names exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "specs" / "gbt39786.md"
COLUMNS = ("条款", "要求", "由什么满足", "在哪里", "哪个测试", "还需要什么、谁的责任")
STATES = ("已有", "部分", "未测", "未有", "部署")
APPLICATION = [f"8.4 {letter}" for letter in "abcdefgh"]
_CODE = re.compile(r"`([^`]+)`")
_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?(?:::\w+)?")
_FOLDERS = ("crypto", "idp", "tests", "specs", "admin", "adapters", "federation")


def rows() -> list[dict[str, str]]:
    """Every row of the page's tables under the six columns."""
    found = []
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        is_row = line.startswith("|") and len(cells) == len(COLUMNS)
        if is_row and cells[0] != COLUMNS[0] and set(cells[0]) - set("-: "):
            found.append(dict(zip(COLUMNS, cells, strict=True)))
    return found


def paths(text: str) -> list[str]:
    """What `text` names in code marks and is a path of this repository."""
    named = [code for code in _CODE.findall(text) if _PATH.fullmatch(code)]
    return [code for code in named if code.split("/")[0] in _FOLDERS and "/" in code]


def test_every_path_and_test_of_the_page_exists() -> None:
    """Files, folders and single tests that the page names are in the tree."""
    named = paths(PAGE.read_text("utf-8"))
    assert len(named) > 40
    missing = []
    for one in named:
        place, _, function = one.partition("::")
        path = ROOT / place
        is_there = path.is_dir() if place.endswith("/") else path.is_file()
        if not is_there or (function and f"def {function}(" not in path.read_text("utf-8")):
            missing.append(one)
    assert missing == []


def test_each_claim_of_the_page_names_its_code_and_its_test() -> None:
    """What is said to be there names a file and a test with test functions; what is not there names no test."""
    for row in rows():
        state = row["由什么满足"][:2]
        assert state in STATES, row["条款"]
        tests = paths(row["哪个测试"])
        assert all(one.startswith("tests/") for one in tests), row["条款"]
        if state in {"已有", "部分"}:
            assert paths(row["在哪里"]), row["条款"]
            assert tests, row["条款"]
        if state in {"未测", "未有"}:
            assert tests == [], row["条款"]
        for one in tests:
            files = (
                [ROOT / one]
                if one.endswith(".py")
                else sorted((ROOT / one.partition("::")[0]).rglob("test_*.py"))
            )
            assert "::" in one or any("def test_" in file.read_text("utf-8") for file in files), one


@pytest.mark.clause("GB/T 39786-2021", "8.4")
def test_every_item_for_applications_and_data_has_its_row() -> None:
    """Items a to h of §8.4 stand once each, with what is still needed or whose duty it is."""
    clauses = [row["条款"] for row in rows()]
    assert [clause for clause in clauses if clause in APPLICATION] == APPLICATION
    assert len(clauses) == len(set(clauses))
    assert all(row["还需要什么、谁的责任"] for row in rows())
