"""`yihao key …` as officers and scripts meet it: timelines, refusals with what to do next, exit codes, nothing secret."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from idp.cli import main
from idp.observe import log
from idp.storage.engine import Sql
from tests.support.provider import SqliteTemplate

Run = Callable[..., Result]


@pytest.fixture
def environment(sqlite_template: SqliteTemplate, tmp_path: Path) -> dict[str, str]:
    """A prepared instance of this test's own."""
    return sqlite_template.copy(tmp_path)


@pytest.fixture
def run(environment: dict[str, str]) -> Iterator[Run]:
    """Runs `yihao` in this process with those settings."""

    def run(*arguments: str, given: str = "") -> Result:
        return CliRunner().invoke(main, arguments, input=given, env={**environment, "LC_ALL": "en_GB.UTF-8"})

    yield run
    log.configure("info")


def _keys(run: Run, algorithm: str = "ES256", purpose: str = "token") -> list[dict[str, Any]]:
    listed = json.loads(run("key", "list", "--json").stdout)["keys"]
    return [key for key in listed if (key["purpose"], key["algorithm"]) == (purpose, algorithm)]


def _change(environment: dict[str, str], statement: str) -> None:
    sql = Sql(environment["YIHAO_DATABASE__URL"])
    with sql.begin() as db:
        assert db.execute(text(statement)).rowcount
    sql.close()


def test_the_list_tells_every_purpose_and_nothing_secret(run: Run) -> None:
    """All purposes are there with state and timeline; no wrapped byte is."""
    result = run("key", "list", "--json")
    listed = json.loads(result.stdout)
    assert {key["purpose"] for key in listed["keys"]} == {
        "token",
        "federation",
        "audit_checkpoint",
        "transport",
        "evidence",
        "registry",
    }
    assert {"seal", "lookup", "pepper"} <= {key["purpose"] for key in listed["data_keys"]}
    assert all(key["state"] == "active" and key["timeline"]["active"] for key in listed["keys"])
    assert "wrapped" not in result.stdout
    assert result.exit_code == 0 and run("key", "list").exit_code == 0


def test_a_successor_is_published_and_waits(run: Run) -> None:
    """`rotate` makes the next key; activating it too early says from when on it may sign."""
    made = json.loads(run("key", "rotate", "token", "ES256", "--json").stdout)
    assert (made["state"], made["next"]["state"]) == ("published", "active")
    early = run("key", "activate", made["kid"])
    assert early.exit_code == 1 and made["next"]["not_before"][:16] in early.stderr
    assert [key["state"] for key in _keys(run)] == ["active", "published"]
    second = run("key", "rotate", "token", "ES256")
    assert second.exit_code == 1 and len(_keys(run)) == 2


def test_an_emergency_is_typed_out(run: Run) -> None:
    """The old key ends at once, so the algorithm is asked for once more; a slip changes nothing."""
    (before,) = _keys(run)
    assert run("key", "rotate", "token", "ES256", "--emergency", given="RS256\n").exit_code == 1
    assert _keys(run) == [before]
    done = run("key", "rotate", "token", "ES256", "--emergency", given="ES256\n")
    assert done.exit_code == 0
    old, new = _keys(run)
    assert (old["kid"], old["state"], new["state"]) == (before["kid"], "retired", "active")


@pytest.mark.parametrize("arguments", [("federation", "SGD_SM3_SM2"), ("token", "ECDH-ES")])
def test_a_pair_that_does_not_exist_is_a_slip_of_usage(run: Run, arguments: tuple[str, str]) -> None:
    """Exit code 2, and nothing is made."""
    assert run("key", "rotate", *arguments).exit_code == 2
    assert len(_keys(run)) == 1


def test_a_kid_may_begin_as_an_option_does(run: Run) -> None:
    """Base64url has a dash: such a kid is an argument all the same."""
    unknown = run("key", "show", "--no-such-key")
    assert unknown.exit_code == 1 and "--no-such-key" in unknown.stderr


def test_show_has_the_public_key(run: Run) -> None:
    """What a department needs to compare by telephone is there, and no private member."""
    (key,) = _keys(run, "SGD_SM3_SM2")
    shown = json.loads(run("key", "show", key["kid"], "--json").stdout)
    assert shown["public_jwk"]["crv"] == "SM2" and "d" not in shown["public_jwk"]
    assert run("key", "show", key["kid"]).exit_code == 0


def test_verify_opens_every_key(run: Run) -> None:
    """All are tried, the exit code is 0."""
    result = run("key", "verify", "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 0 and report["ok"]
    assert {each["kind"] for each in report["checked"]} == {"pair", "data"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE key_pair SET wrapped = (SELECT k.wrapped FROM key_pair k WHERE k.purpose = 'federation') "
        "WHERE purpose = 'transport' AND algorithm = 'ECDH-ES'",
        "UPDATE key_pair SET wrapped = substr(wrapped, 1, 30) WHERE algorithm = 'SGD_SM2_3'",
    ],
    ids=["swapped", "cut short"],
)
def test_verify_names_a_key_that_was_tampered_with(
    environment: dict[str, str], run: Run, statement: str
) -> None:
    """One damaged key is found and named, the others are fine; exit code 6."""
    _change(environment, statement)
    result = run("key", "verify", "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 6
    assert [each["fault"] for each in report["checked"] if not each["ok"]] == ["SealError"]


def test_every_act_is_an_event(environment: dict[str, str], run: Run) -> None:
    """Who made and moved which key stands in the audit log."""
    run("key", "rotate", "token", "ES256")
    run("key", "rotate", "token", "SGD_SM3_SM2", "--emergency", "--yes")
    sql = Sql(environment["YIHAO_DATABASE__URL"])
    with sql.once() as db:
        rows = list(db.execute(text("SELECT act, actor, details FROM audit_event ORDER BY id")))
    sql.close()
    assert [row.act for row in rows] == ["key.made", "key.moved", "key.moved", "key.made", "key.moved"]
    assert all(row.actor.startswith("cli:") for row in rows)
    assert "emergency" in str(rows[2].details)
