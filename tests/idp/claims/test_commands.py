"""`yihao claim` as officers and scripts meet it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp.cli import main
from tests.support.provider import Provider, SqliteTemplate

Run = Callable[..., Result]
GROUND = ("--basis", "社会保险法 第74条", "--purpose", "查询本人参保记录")


@pytest.fixture
def run(sqlite_template: SqliteTemplate, tmp_path: Path) -> Run:
    """Runs `yihao claim` on an instance with one client."""
    environment = {**sqlite_template.copy(tmp_path), "LC_ALL": "zh_CN.UTF-8"}
    made = Provider(environment)
    made.make.client("dept-one", scope="openid realname")
    made.close()
    return lambda *words: CliRunner().invoke(main, ["claim", *words], env=environment)


def _approved(run: Run) -> dict[str, dict[str, str]]:
    found = json.loads(run("list", "dept-one", "--json").stdout)["claims"]
    return {one["claim"]: one for one in found}


def test_the_catalogue_says_what_each_claim_is(run: Run) -> None:
    """Meaning, source, sensitivity and scopes, in the officer's language."""
    found = {one["claim"]: one for one in json.loads(run("list", "--json").stdout)["claims"]}
    assert found["id_number"]["sensitivity"] == "sensitive" and "加密" in found["id_number"]["meaning"]
    assert found["org"]["source"] == "legal_person_register"
    assert "证件号码" in run("list").stdout


def test_a_claim_is_approved_with_its_ground_and_ended(run: Run) -> None:
    """The last day counts; what ended stays on record with its ground."""
    assert set(_approved(run)) == {"name", "ial"}
    done = run("grant", "dept-one", "phone_number", *GROUND, "--until", "2099-12-31")
    assert done.exit_code == 0, done.output
    one = _approved(run)["phone_number"]
    assert (one["legal_basis"], one["purpose"], one["state"]) == (GROUND[1], GROUND[3], "standing")
    assert one["until"] == "2099-12-31T16:00:00+00:00" and one["granted_by"].startswith("cli:")
    assert run("end", "dept-one", "phone_number").exit_code == 0
    assert _approved(run)["phone_number"]["state"] == "ended"
    assert "本来就不能获取" in run("end", "dept-one", "phone_number").output
    assert run("grant", "dept-one", "phone_number", *GROUND, "--json").exit_code == 0
    assert _approved(run)["phone_number"]["state"] == "standing"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("grant", "nobody", "name", *GROUND), "没有这个应用"),
        (("grant", "dept-one", "shoe_size", *GROUND), "没有这个信息项"),
        (("grant", "dept-one", "name", "--basis", " ", "--purpose", "x"), "依据和用途"),
        (("grant", "dept-one", "name", "--basis", "x", "--purpose", "字" * 201), "依据和用途"),
        (("grant", "dept-one", "name", *GROUND, "--until", "2020-01-01"), "截止日期已过"),
        (("grant", "dept-one", "name", "--basis", "x"), "--purpose"),
        (("end", "nobody", "name"), "没有这个应用"),
        (("end", "dept-one", "id_number"), "本来就不能获取"),
        (("list", "nobody"), "没有这个应用"),
    ],
)
def test_what_does_not_hold_is_said_and_changes_nothing(run: Run, words: tuple[str, ...], said: str) -> None:
    """One sentence, an exit code, and the approvals as they were."""
    before = _approved(run)
    done = run(*words)
    assert done.exit_code != 0 and said in done.output
    assert _approved(run) == before
