"""An import that is killed goes on where its last whole batch stands: nothing twice, nothing half, nothing lost."""

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from idp.storage.engine import Sql
from tests.support.synthetic import synthetic_id_number, synthetic_uscc

YIHAO = [sys.executable, "-c", "from idp.cli import main; main(prog_name='yihao')"]
TOTAL = 12_000
BAD_EVERY = 100


def environment_of(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process of this instance, and of nothing else."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("YIHAO_")}
    return inherited | dict(settings) | {"LC_ALL": "en_US.UTF-8"}


def started(settings: Mapping[str, str], *arguments: str) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    return subprocess.Popen(
        [*YIHAO, *arguments],
        env=environment_of(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ran(settings: Mapping[str, str], *arguments: str) -> dict[str, Any]:
    """What the command says on stdout, as it ends by itself."""
    process = started(settings, *arguments, "--json")
    out, err = process.communicate(timeout=300)
    assert process.returncode in {0, 1}, err
    found: dict[str, Any] = json.loads(out)
    return found


def killed_at(settings: Mapping[str, str], words: str, *arguments: str) -> None:
    """Start the command and kill it (SIGKILL) once it has said these words."""
    process = started(settings, *arguments, "--json")
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if words in line:
                break
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == -signal.SIGKILL


def count(sql: Sql, table: str, where: str = "1 = 1") -> int:
    """Rows of a table."""
    with sql.once() as db:
        return int(db.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar_one())  # noqa: S608 - constants of tests


def persons_file(path: Path) -> Path:
    """Persons who belong to nobody, every hundredth row with a number that cannot be."""
    with path.open("w", encoding="gb18030") as out:
        out.write("姓名,证件号码,等级\n")
        for n in range(TOTAL):
            number = synthetic_id_number(n % 1000, region=f"14{n // 1000:02d}99")
            out.write(f"测试{chr(0x4E00 + n)},{number if n % BAD_EVERY else number[:-1]},1\n")
    return path


def refused_lines(path: Path) -> list[int]:
    """The line numbers in an error file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        _, *rows = csv.reader(file)
    return [int(row[0]) for row in rows]


@pytest.mark.parametrize(
    "kills", [("10% read",), ("10% read", "40% read", "70% read")], ids=["once", "thrice"]
)
def test_a_killed_import_of_persons_goes_on_in_whole_batches(
    any_environment: dict[str, str], tmp_path: Path, kills: tuple[str, ...]
) -> None:
    """After every kill whole batches stand with documents, evidence and events; the end is that of an undisturbed run."""
    source, bad = persons_file(tmp_path / "p.csv"), tmp_path / "bad.csv"
    command = ("person", "import", str(source), "--report", str(bad))
    sql = Sql(any_environment["YIHAO_DATABASE__URL"], 2)
    try:
        for words in kills:
            killed_at(any_environment, words, *command)
            standing = count(sql, "person")
            assert 0 < standing < TOTAL
            assert standing % (1000 - 1000 // BAD_EVERY) == 0
            assert standing == count(sql, "person_document") == count(sql, "proofing_evidence")
            assert standing == count(sql, "audit_event", "act = 'person.added'")
            assert count(sql, "import_run", "ended_at IS NULL AND place > 0") == 1
        ended = ran(any_environment, *command)
        whole = TOTAL - TOTAL // BAD_EVERY
        assert (ended["added"], ended["unchanged"], ended["refused"]) == (whole, 0, TOTAL // BAD_EVERY)
        assert ended["resumed_after"] > 1
        assert (
            count(sql, "person") == count(sql, "person_document") == count(sql, "proofing_evidence") == whole
        )
        assert count(sql, "audit_event", "act = 'person.added'") == whole
        assert count(sql, "import_run", "ended_at IS NOT NULL") == 1
        assert refused_lines(bad) == list(range(2, TOTAL + 2, BAD_EVERY))
        again = ran(any_environment, *command)
        assert (again["added"], again["unchanged"]) == (0, whole)
        assert (again["refused"], again["resumed_after"]) == (TOTAL // BAD_EVERY, None)
    finally:
        sql.close()


def test_a_killed_import_of_organisations_goes_on(any_environment: dict[str, str], tmp_path: Path) -> None:
    """Organisations, their changes for the publication and their events stand in equal number, each once."""
    source, total = tmp_path / "o.jsonl", 6_000
    with source.open("w", encoding="utf-8") as out:
        for n in range(total):
            code = synthetic_uscc(n, region="140199")
            row = {
                "统一社会信用代码": code,
                "名称": f"测试{n}有限公司",
                "登记状态": "存续",
                "法定代表人": "测试人",
                "法定代表人证件号码": synthetic_id_number(n % 1000),
            }
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    command = ("org", "import", str(source))
    sql = Sql(any_environment["YIHAO_DATABASE__URL"], 2)
    try:
        killed_at(any_environment, "10% read", *command)
        assert count(sql, "organisation") % 1000 == 0
        ended = ran(any_environment, *command)
        assert (ended["added"], ended["refused"]) == (total, 0)
        assert count(sql, "organisation") == count(sql, "organisation_change", "kind = 'new'") == total
        assert count(sql, "audit_event", "act = 'organisation.added'") == total
        assert ran(any_environment, *command)["unchanged"] == total
    finally:
        sql.close()


def test_two_imports_of_one_file_at_once_write_nothing_twice(
    any_environment: dict[str, str], tmp_path: Path
) -> None:
    """Of two processes with the same file one goes to the end, the other gives way or finds everything there."""
    source = persons_file(tmp_path / "p.csv")
    both = [started(any_environment, "person", "import", str(source), "--json") for _ in range(2)]
    ends = [process.communicate(timeout=300) for process in both]
    assert all(process.returncode in {0, 1, 3} for process in both), ends
    sql = Sql(any_environment["YIHAO_DATABASE__URL"], 2)
    try:
        whole = TOTAL - TOTAL // BAD_EVERY
        ran(any_environment, "person", "import", str(source))
        assert count(sql, "person") == count(sql, "audit_event", "act = 'person.added'") == whole
    finally:
        sql.close()
