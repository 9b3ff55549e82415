"""`yihao matter` as officers and scripts meet it: a catalogue goes in whole or not at all, and says what it changed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp.cli import main
from tests.support.provider import SqliteTemplate

HEAD = "事项编码,事项名称,主管部门,最低等级,办理身份,立即失效"
TAX = "TAX-001,纳税申报,税务局,2,legal_representative;agent,是"
FUND = "GJJ-001,公积金提取,公积金中心,1,self,否"

Run = Callable[..., Result]


@pytest.fixture
def run(sqlite_template: SqliteTemplate, tmp_path: Path) -> Run:
    """Writes rows to a file and runs `yihao matter import` on it, or `yihao matter` with other words."""
    environment = {**sqlite_template.copy(tmp_path), "LC_ALL": "zh_CN.UTF-8"}

    def run(*rows: str, words: str = "import", head: str = HEAD) -> Result:
        source = tmp_path / "matters.csv"
        source.write_text("\n".join((head, *rows)) + "\n", "utf-8")
        arguments = words.replace("import", f"import {source}").split()
        return CliRunner().invoke(main, ["matter", *arguments], env=environment)

    return run


def _standing(run: Run) -> dict[str, dict[str, object]]:
    found = json.loads(run(words="list --json").stdout)["matters"]
    return {one["code"]: one for one in found}


def test_an_imported_catalogue_stands_as_written(run: Run) -> None:
    """Every cell arrives; a second import of the same file changes nothing."""
    done = run(TAX, FUND, words="import --json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["added"] == 2
    tax = _standing(run)["TAX-001"]
    assert (tax["name"], tax["department"], tax["level"]) == ("纳税申报", "税务局", 2)
    assert (tax["capacities"], tax["ends_at_once"]) == (["agent", "legal_representative"], True)
    again = json.loads(run(TAX, FUND, words="import --json").stdout)
    assert (again["added"], again["changed"], again["retired"], again["differences"]) == (0, 0, 0, [])


def test_what_a_file_lacks_is_retired_and_comes_back(run: Run) -> None:
    """A matter that is gone from the file stays on record as retired; the field that changed is named."""
    run(TAX, FUND)
    changed = run(TAX.replace(",2,", ",3,"))
    assert "变更  TAX-001  最低等级" in changed.output
    assert "停用  GJJ-001" in changed.output
    assert {code: one["state"] for code, one in _standing(run).items()} == {
        "TAX-001": "active",
        "GJJ-001": "retired",
    }
    run(TAX, FUND)
    assert _standing(run)["GJJ-001"]["state"] == "active"


def test_a_dry_run_tells_the_same_and_writes_nothing(run: Run) -> None:
    """The difference is told before anything is done."""
    told = run(TAX, words="import --dry-run")
    assert "新增  TAX-001" in told.output
    assert "将新增 1 项" in told.output
    assert _standing(run) == {}


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("tax 1,纳税申报,税务局,2,agent,否", "事项编码"),
        ("TAX-001,,税务局,2,agent,否", "事项名称"),
        ("TAX-001,纳税申报,税务局,4,agent,否", "最低等级"),
        ("TAX-001,纳税申报,税务局,2,boss,否", "办理身份"),
        ("TAX-001,纳税申报,税务局,2,agent,也许", "立即失效"),
        (FUND, "事项编码"),
    ],
)
def test_one_wrong_row_leaves_everything_as_it_was(run: Run, row: str, field: str) -> None:
    """The line and the column are named, and the rows beside it are not taken either."""
    run(TAX)
    refused = run(FUND, row)
    assert refused.exit_code == 1
    assert f"第 3 行 {field}" in refused.output
    assert set(_standing(run)) == {"TAX-001"}


def test_a_wrong_level_of_sign_in_is_told(run: Run) -> None:
    """The optional column is checked as the others are."""
    refused = run(FUND + ",4", head=HEAD + ",登录等级")
    assert refused.exit_code == 1
    assert "第 2 行 登录等级" in refused.output


def test_a_file_without_a_needed_column_is_refused(run: Run) -> None:
    """Nothing is guessed for a column that is missing."""
    refused = run("TAX-001,纳税申报", head="事项编码,事项名称")
    assert refused.exit_code != 0
    assert _standing(run) == {}
