"""The job of data keys carries a rotation through by itself, on any node, and leaves what is not due alone."""

import pytest

from idp.keys.reseal.upkeep import Upkeep
from tests.support.provider import Provider
from tests.support.rotating import OFFICER, PAST_SPREAD, PAST_VERIFY, Nodes, nodes

DAY = 86_400


def _upkeep(node: Provider, **settings: object) -> Upkeep:
    """The job of a node, under other settings of keys."""
    upkeep = node.services.data_rotation.upkeep
    upkeep._settings = upkeep._settings.model_copy(update=settings)
    return upkeep


@pytest.mark.parametrize("purpose", ["seal", "lookup", "pepper", "ephemeral"])
def test_a_rotation_runs_by_itself(any_environment: dict[str, str], purpose: str) -> None:
    """Made by an officer, the version is activated when its time has come and the old one retired when nothing needs it."""
    with nodes(any_environment) as house:
        if purpose != "pepper":
            house.first.make.person()
        upkeep = house.second.services.data_rotation.upkeep
        house.lifecycle.make(purpose, OFFICER)
        house.advance(2)
        upkeep.run()
        assert house.state(purpose) == {1: "active", 2: "published"}
        house.advance(PAST_SPREAD)
        upkeep.run()
        assert house.state(purpose) == {1: "verify_only", 2: "active"}
        house.advance(2)
        upkeep.run()
        house.advance(PAST_VERIFY)
        upkeep.run()
        assert house.state(purpose) == {1: "retired", 2: "active"}
        assert house.acts("key.move_refused") == []
        moves = [act.details["reason"] for act in house.acts("key.moved")]
        assert moves == ["officer", "schedule", "schedule", "schedule"]


def test_both_nodes_work_at_once(sqlite_nodes: Nodes) -> None:
    """The job on every node, step by step: the rotation goes through once, and nobody is refused anything."""
    house = sqlite_nodes
    house.first.make.person()
    house.lifecycle.make("lookup", OFFICER)
    for seconds in (2, PAST_SPREAD, 2, PAST_VERIFY, PAST_SPREAD):
        house.advance(seconds)
        for node in house.providers:
            node.services.data_rotation.upkeep.run()
    assert house.state("lookup") == {1: "retired", 2: "active"}
    (person,), (document,) = house.rows("person"), house.rows("person_document")
    assert (document.id_number_digest, person.mobile_digest) == (None, None)
    assert len(house.acts("key.moved")) == 4 and house.acts("key.move_refused") == []


def test_the_schedule_makes_the_next_version_when_one_is_old(sqlite_nodes: Nodes) -> None:
    """Only purposes that settings name are replaced by age, once; without a schedule keys stay."""
    house = sqlite_nodes
    upkeep = _upkeep(house.first, rotate_days={"seal": 30})
    upkeep.run()
    house.advance(30 * DAY)
    upkeep.run()
    upkeep.run()
    assert house.state("seal") == {1: "active", 2: "published"}
    assert house.state("pepper") == {1: "active"}


def test_a_key_that_sealed_too_often_is_replaced(sqlite_nodes: Nodes) -> None:
    """Half the limit of seals makes the next version, whatever the schedule says."""
    sqlite_nodes.change(f"UPDATE data_key SET used = {(1 << 31) + 1} WHERE purpose = 'ephemeral'")  # noqa: S608 - a number
    sqlite_nodes.first.services.data_rotation.upkeep.run()
    assert sqlite_nodes.state("ephemeral") == {1: "active", 2: "published"}
    assert sqlite_nodes.state("seal") == {1: "active"}


def test_what_rows_need_is_not_asked_for_again_at_once(sqlite_nodes: Nodes) -> None:
    """A row that does not open keeps the old key from retirement: no refusal is written each time the job looks."""
    house = sqlite_nodes
    house.first.make.person()
    house.change("UPDATE person SET name = mobile")
    house.activated("seal")
    upkeep = house.first.services.data_rotation.upkeep
    upkeep.run()
    house.advance(PAST_VERIFY)
    for _ in range(5):
        upkeep.run()
        house.advance(60)
    assert house.state("seal") == {1: "verify_only", 2: "active"}
    assert house.acts("key.move_refused") == []
    assert len(house.acts("seal.row_refused")) == 1


def test_a_row_written_behind_the_walk_is_sealed_anew_too(any_environment: dict[str, str]) -> None:
    """Bytes under the old key that came after the walk had ended begin it again, and only then does the key retire."""
    with nodes(any_environment) as house:
        person = house.first.make.person()
        (before,) = house.rows("person", f"id = '{person.id}'")
        house.activated("seal")
        house.walk()
        house.change("UPDATE person SET name = :name", name=before.name)
        upkeep = house.first.services.data_rotation.upkeep
        house.advance(PAST_VERIFY)
        upkeep.run()
        assert house.state("seal")[1] == "verify_only"
        upkeep.run()
        assert house.versions("person", "name") == {2}
        house.advance(601)
        upkeep.run()
        assert house.state("seal") == {1: "retired", 2: "active"}
