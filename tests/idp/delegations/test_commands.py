"""`yihao delegation` as officers and scripts meet it: in words and in JSON, and no value of a person anywhere."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp.cli import main
from idp.delegations.inviting import To
from idp.delegations.store import Delegation
from idp.identifiers.capacity import Capacity
from idp.observe import log
from tests.idp.delegations.world import World
from tests.support.provider import Provider, SqliteTemplate

MOBILE = "19900007777"
NAME = "测试丸"

Run = Callable[..., Result]


@pytest.fixture
def environment(sqlite_template: SqliteTemplate, tmp_path: Path) -> dict[str, str]:
    """A prepared instance."""
    return {**sqlite_template.copy(tmp_path), "LC_ALL": "zh_CN.UTF-8"}


@pytest.fixture
def here(environment: dict[str, str]) -> Iterator[World]:
    """The same instance from inside."""
    provider = Provider({name: value for name, value in environment.items() if name != "LC_ALL"})
    yield World(provider)
    provider.close()
    log.configure("info")


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Runs `yihao delegation`."""

    def run(arguments: str, given: str = "") -> Result:
        return CliRunner().invoke(main, ["delegation", *arguments.split()], input=given, env=environment)

    return run


def test_list_show_and_end_tell_the_same(here: World, run: Run) -> None:
    """Ids and matters are shown, names and numbers never; a wrong id ends nothing."""
    boss, agent, organisation = here.person(), here.person(name=NAME), here.organisation()
    here.founded(organisation, boss)
    given = here.granted(boss, organisation, agent, here.held(Capacity.AGENT, "M1"))
    offered = here.invite(boss, organisation, To(mobile=MOBILE), here.held(Capacity.AGENT, "M1"))
    assert isinstance(offered, Delegation)

    listed = run(f"list --organisation {organisation.uscc} --json")
    rows = {row["id"]: row for row in json.loads(listed.stdout)["delegations"]}
    assert rows[given.id]["agent"] == f"person:{agent.id}"
    assert rows[given.id]["matters"] == ["M1"]
    assert rows[offered.id]["state"] == "invited"
    shown = run(f"list --person {agent.id}").stdout + run(f"show {given.id}").stdout
    assert given.id in shown

    wrong = run(f"end {given.id}", given="another\n")
    assert wrong.exit_code == 1
    assert here.ways(agent) == {(given.id, None)}
    ended = run(f"end {given.id} --reason court --yes --json")
    assert json.loads(ended.stdout)["ended_for"] == "court"
    assert here.ways(agent) == set()
    again = run(f"end {given.id} --yes")
    assert again.exit_code == 1
    for text in (listed.output, shown, ended.output, again.output):
        assert MOBILE not in text
        assert NAME not in text


def test_frozen_organisation_is_acted_for_by_nobody_until_it_is_thawed(here: World, run: Run) -> None:
    """The grant itself is not touched."""
    boss, organisation = here.person(), here.organisation()
    root = here.founded(organisation, boss)
    assert run(f"freeze {organisation.uscc} --reason dispute").exit_code == 0
    assert here.ways(boss) == set()
    thawed = run(f"thaw {organisation.uscc} --json")
    assert json.loads(thawed.stdout)["frozen_for"] is None
    assert here.ways(boss) == {(root.id, None)}


def test_handover_ends_the_representative_and_lets_the_rest_wait(here: World, run: Run) -> None:
    """For an insolvency as for a death: what was granted rests."""
    boss, keeper, organisation = here.person(), here.person(), here.organisation()
    root = here.founded(organisation, boss)
    given = here.granted(boss, organisation, keeper, here.held(Capacity.ADMINISTRATOR))
    done = run(f"handover {organisation.uscc} --reason insolvency --json")
    assert json.loads(done.stdout)["waiting"] == 1
    assert here.read(root).ended_for == "insolvency"
    assert here.read(given).frozen_for == "handover"


def test_verify_says_whether_the_words_of_both_sides_hold(here: World, run: Run) -> None:
    """A narrowed grant still holds; a row that somebody widened in the table does not, with exit code 6."""
    boss, agent, organisation = here.person(), here.person(), here.organisation()
    here.founded(organisation, boss)
    given = here.granted(boss, organisation, agent, here.held(Capacity.AGENT, "M1", "M2"))
    narrowed = here.narrow(boss, given, replace(given.held, matters=frozenset({"M1"})))
    assert isinstance(narrowed, Delegation)
    good = run(f"verify {given.id} --json")
    assert good.exit_code == 0
    assert json.loads(good.stdout)["holds"] is True

    with here.sql.begin() as db:
        here.acts.parts.store.put(db, replace(here.read(given), matters=frozenset({"M1", "M9"})))
    bad = run(f"verify {given.id} --json")
    assert bad.exit_code == 6
    said = json.loads(bad.stdout)
    assert (said["holds"], said["grant"], said["acceptance"]) == (False, False, False)


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        ("show nothing", 1, "没有这项授权:nothing"),
        ("end nothing --yes", 1, "没有这项授权:nothing"),
        ("verify nothing", 1, "没有这项授权:nothing"),
        ("list", 2, "之一"),
        ("list --person a --organisation b", 2, "之一"),
        ("list --organisation 914401990MA0T0007", 1, "没有这个单位"),
        ("freeze nowhere", 1, "没有这个单位:nowhere"),
    ],
)
def test_what_does_not_exist_is_said_in_words(
    run: Run, here: World, arguments: str, exit_code: int, words: str
) -> None:
    """What is wrong and what to do, with the promised exit code."""
    answer = run(arguments)
    assert answer.exit_code == exit_code
    assert words in answer.stderr
    assert "下一步" in answer.stderr
