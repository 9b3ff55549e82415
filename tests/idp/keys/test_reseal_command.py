"""`yihao key reseal` and `yihao key data`: words, exit codes, JSON, and a Ctrl-C that leaves whole steps."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp.cli import main
from idp.observe import log
from tests.support.provider import SqliteTemplate
from tests.support.rotating import Nodes, nodes

Run = Callable[..., Result]


@pytest.fixture
def house(sqlite_template: SqliteTemplate, tmp_path: Path) -> Iterator[Nodes]:
    """An instance whose clock has not been moved: the commands run on the machine's."""
    with nodes(sqlite_template.copy(tmp_path), 1) as made:
        made.advance(-3)
        yield made


@pytest.fixture
def run(house: Nodes) -> Iterator[Run]:
    """Runs `yihao` in this process on that instance."""

    def run(*arguments: str) -> Result:
        environment = {**house.environment, "LC_ALL": "en_GB.UTF-8"}
        return CliRunner().invoke(main, arguments, env=environment)

    yield run
    log.configure("info")


def _activate(house: Nodes, run: Run) -> None:
    """Rotate the sealing key by the command, with its least time long past."""
    assert run("key", "data", "rotate", "seal").exit_code == 0
    house.change(
        "UPDATE data_key SET published_at = published_at - 70000000, created_at = created_at - 70000000"
    )
    assert run("key", "data", "activate", "seal", "2").exit_code == 0


def test_a_rotation_by_commands(house: Nodes, run: Run) -> None:
    """Rotate, too early, activate, reseal: each says what it did or what to do next."""
    house.first.make.person()
    nothing = run("key", "reseal")
    assert (nothing.exit_code, "nothing to do" in nothing.stderr) == (0, True)
    made = run("key", "data", "rotate", "seal", "--json")
    assert made.exit_code == 0 and json.loads(made.stdout)["state"] == "published"
    early = run("key", "data", "activate", "seal", "2")
    assert early.exit_code == 1 and "seal:2" in early.stderr
    again = run("key", "data", "rotate", "seal")
    assert again.exit_code == 1 and "made already" in again.stderr
    house.change(
        "UPDATE data_key SET published_at = published_at - 70000000, created_at = created_at - 70000000"
    )
    assert run("key", "data", "activate", "seal", "2").stdout == "seal 2 active\n"
    done = json.loads(run("key", "reseal", "--json").stdout)["tables"]
    assert all(each["ended"] and each["refused"] == 0 for each in done)
    assert {each["name"]: each["done"] for each in done if each["done"]} == {
        "seal:person": 1,
        "seal:person_document": 1,
        "seal:credential": 1,
    }
    assert house.versions("person", "name") == {2}


def test_rows_that_do_not_open_fail_the_command(house: Nodes, run: Run) -> None:
    """The exit code is 1 and the officer is told where to look; nothing of the row is shown."""
    person = house.first.make.person()
    house.change("UPDATE person SET name = mobile")
    _activate(house, run)
    result = run("key", "reseal")
    assert result.exit_code == 1 and "1 rows do not open" in result.stderr
    assert person.name not in result.output and person.mobile not in result.output


@pytest.mark.parametrize("purpose", ["pairwise", "csrf", "box_index", "client_secret"])
def test_fixed_keys_are_no_choice(run: Run, purpose: str) -> None:
    """What is never rotated is not offered."""
    assert run("key", "data", "rotate", purpose).exit_code == 2


def test_ctrl_c_stops_after_a_whole_step(house: Nodes, run: Run) -> None:
    """SIGINT to the real command: exit code 1, whole steps kept, and the next run ends it."""
    before = signal.getsignal(signal.SIGINT)
    for _ in range(3):
        house.first.make.person()
    _activate(house, run)
    script = (
        "import os, signal; from idp.keys.reseal import walk; walk.BATCH = 1; from idp.cli import main; "
        "from idp.keys.reseal.walk import Walk; step = Walk.step; "
        "Walk.step = lambda self: (os.kill(os.getpid(), signal.SIGINT), step(self))[1]; "
        "main(['key', 'reseal', '--json'])"
    )
    stopped = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **house.environment, "LC_ALL": "en_GB.UTF-8"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        check=False,
    )
    assert stopped.returncode == 1, stopped.stderr
    assert b"go on from there" in stopped.stderr
    tables = json.loads(stopped.stdout)["tables"]
    assert not all(each["ended"] for each in tables)
    assert run("key", "reseal").exit_code == 0
    assert house.versions("person", "name") == house.versions("credential", "secret") == {2}
    assert signal.getsignal(signal.SIGINT) is before
