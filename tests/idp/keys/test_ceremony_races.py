"""Two nodes at once: a ceremony is carried out once, and of two rotations one is."""

import threading

import pytest

from idp.errors import IdpError
from idp.keys.ceremonies.kind import Wish
from idp.storage.engine import Sql
from tests.idp.keys.ceremony_house import CALLER, House, RunningAgent

Agents = list[RunningAgent]


@pytest.fixture
def ready(any_house: House, agents: Agents) -> House:
    """Five officers in office, three of whom opened the key agent."""
    any_house.prepare_file()
    any_house.initialise()
    agents.append(RunningAgent(any_house))
    any_house.unseal(agents[0], any_house.officers[:3])
    return any_house


def race(house: House, ceremony_ids: list[str]) -> list[str]:
    """Carry these out at once, each on a node of its own; `done` or the code of the refusal, in their order."""
    results = [""] * len(ceremony_ids)
    nodes = [Sql(house.sql.url.render_as_string(hide_password=False)) for _ in ceremony_ids]
    start = threading.Barrier(len(ceremony_ids))

    def run(number: int) -> None:
        start.wait()
        try:
            house.ceremonies(nodes[number]).execute(ceremony_ids[number], CALLER)
            results[number] = "done"
        except IdpError as error:
            results[number] = error.code

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(ceremony_ids))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for node in nodes:
        node.close()
    return results


def agreed(house: House) -> str:
    """A rotation that enough officers agreed to; its id."""
    statement = house.ceremonies().open("rotate-root", Wish(), CALLER)
    house.agree(statement, house.officers[:3])
    return statement.id


@pytest.mark.parametrize("times", range(3))
def test_one_ceremony_on_two_nodes_is_carried_out_once(ready: House, times: int) -> None:
    """One succeeds, the other is told so; one generation more, one record, every key the same."""
    before = ready.opened()
    ceremony_id = agreed(ready)
    results = race(ready, [ceremony_id, ceremony_id])
    assert sorted(results)[1] == "done" and results.count("done") == 1, results
    assert ready.value("SELECT max(generation) FROM root_key") == 3
    assert len(ready.events("ceremony.done")) == 2
    assert len(ready.events("ceremony.failed")) == 1
    assert ready.opened() == before


@pytest.mark.parametrize("times", range(3))
def test_of_two_rotations_at_once_one_is_carried_out(ready: House, times: int) -> None:
    """The officers, the root key and every wrapped key belong to one of them; the other says why not."""
    before = ready.opened()
    results = race(ready, [agreed(ready), agreed(ready)])
    assert results.count("done") == 1, results
    assert ready.value("SELECT max(generation) FROM root_key") == 3
    assert ready.value("SELECT count(*) FROM root_share") == 5
    assert ready.opened() == before
