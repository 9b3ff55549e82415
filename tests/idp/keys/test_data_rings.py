"""Every process holds the data keys in step, at next to no cost, and goes on when the store does not answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from crypto.errors import SealError
from idp.errors import Unavailable
from idp.keys.data.purposes import PURPOSES
from idp.storage.stamps import Stamps
from tests.support.provider import Provider
from tests.support.rotating import OFFICER, PAST_VERIFY, Nodes, nodes

PLACE = ("person", "somebody", "name")


@contextmanager
def _counted(provider: Provider) -> Iterator[list[str]]:
    """The statements that run meanwhile."""
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(str(arguments[2]))

    event.listen(provider.sql.engine, "before_cursor_execute", note)
    yield statements
    event.remove(provider.sql.engine, "before_cursor_execute", note)


def test_all_processes_follow_within_a_second(any_environment: dict[str, str]) -> None:
    """A version made, activated and retired by one process is known to the other after the stamp's second."""
    with nodes(any_environment) as house:
        ring = house.second.services.foundation.held.rings.ring
        before = ring("seal")
        house.activated("seal")
        assert (before.current, ring("seal").current, sorted(ring("seal").keys)) == (1, 2, [1, 2])
        assert ring("lookup") is ring("lookup"), "what did not change is the same object"
        house.walk()
        house.advance(PAST_VERIFY)
        house.lifecycle.retire("seal", 1, OFFICER)
        house.advance(1.1)
        assert sorted(ring("seal").keys) == [2]


def test_using_keys_asks_the_store_nothing(sqlite_nodes: Nodes) -> None:
    """Within the stamp's second a thousand seals, openings and digests cost no query; after it, one for all of them."""
    held = sqlite_nodes.first.services.foundation.held
    held.sealer.seal(b"first", *PLACE)
    for expected in (0, 1):
        with _counted(sqlite_nodes.first) as statements:
            for _ in range(1000):
                held.sealer.open(held.sealer.seal(b"value", *PLACE), *PLACE)
                held.persons.digests("111", "1")
                held.box_index.digest("box:any", "1")
        assert len(statements) == expected
        sqlite_nodes.advance(1.5)


def test_keys_are_unwrapped_once(sqlite_nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change of one key makes a process unwrap that one only: a device is not asked again for the others."""
    house, asked = sqlite_nodes, []
    provider = house.second.services.foundation.held.rings._provider
    unwrap = type(provider).unwrap

    def noted(self: Any, wrapped: bytes, purpose: str) -> bytes:
        asked.append(purpose)
        return unwrap(self, wrapped, purpose)

    house.lifecycle.make("pepper", OFFICER)
    house.advance(2)
    monkeypatch.setattr(type(provider), "unwrap", noted)
    house.second.services.foundation.held.sealer.seal(b"x", *PLACE)
    assert asked == ["data:pepper:2"]


def test_a_store_that_does_not_answer_stops_no_key(
    sqlite_nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the database the keys held go on, it is asked once a second at most, and then they are in step again."""
    house, asked = sqlite_nodes, 0
    held = house.second.services.foundation.held
    sealed = held.sealer.seal(b"value", *PLACE)
    version = Stamps.version

    def gone(self: Stamps, kind: str) -> int:
        nonlocal asked
        asked += 1
        raise Unavailable("svc.down", "database: gone")

    house.lifecycle.make("seal", OFFICER)
    house.advance(2)
    monkeypatch.setattr(Stamps, "version", gone)
    for _ in range(5):
        assert held.sealer.open(sealed, *PLACE) == b"value"
    assert asked == 1
    house.advance(1.5)
    held.sealer.open(sealed, *PLACE)
    assert asked == 2
    monkeypatch.setattr(Stamps, "version", version)
    house.advance(1.5)
    assert sorted(held.rings.ring("seal").keys) == [1, 2]


@pytest.mark.parametrize("state", ["published", "active"])
def test_a_damaged_version_is_left_out_and_told_of(sqlite_nodes: Nodes, state: str) -> None:
    """Wrapped bytes altered while the house runs: the other versions serve on, with one event, and a start refuses."""
    house = sqlite_nodes
    person = house.first.make.person()
    house.activated("seal") if state == "active" else house.lifecycle.make("seal", OFFICER)
    (row,) = house.rows("data_key", "purpose = 'seal' AND version = 2")
    altered = bytes(row.wrapped)[:-1] + bytes((bytes(row.wrapped)[-1] ^ 1,))
    house.change("UPDATE data_key SET wrapped = :wrapped WHERE id = :id", wrapped=altered, id=row.id)
    house.change("UPDATE change_stamp SET version = version + 1 WHERE kind = 'keys'")
    house.advance(2)
    node = house.second
    for _ in range(3):
        with node.sql.once() as db:
            assert node.services.persons.find(db, person.id) is not None
    assert [act.object for act in house.acts("key.data_unusable")] == ["seal:2"]
    with pytest.raises(SealError):
        Provider(house.environment)


def test_a_retired_key_leaves_the_process(sqlite_nodes: Nodes) -> None:
    """What was sealed under a retired version does not open, and its bytes are no longer in memory."""
    house = sqlite_nodes
    held = house.second.services.foundation.held
    sealed, key = held.sealer.seal(b"value", *PLACE), held.rings.ring("seal").keys[1]
    house.activated("seal")
    house.advance(PAST_VERIFY)
    house.lifecycle.retire("seal", 1, OFFICER)
    house.advance(2)
    with pytest.raises(SealError, match="not held"):
        held.sealer.open(sealed, *PLACE)
    assert key not in held.rings._unwrapped.values()


def test_a_fresh_instance_has_a_key_of_its_own_for_everything(sqlite_nodes: Nodes) -> None:
    """No two purposes share their bytes."""
    rings = sqlite_nodes.first.services.foundation.held.rings
    keys = [rings.ring(purpose).keys[1] for purpose in PURPOSES]
    assert len(set(keys)) == len(PURPOSES)


def test_an_older_instance_keeps_its_clients_and_boxes(sqlite_nodes: Nodes) -> None:
    """Purposes that split off from the look-up key begin with its bytes, so that secrets and box ids still hold."""
    house = sqlite_nodes
    house.change("DELETE FROM data_key WHERE purpose IN ('box_index', 'client_secret')")
    house.first.services.foundation.data_keys.create_missing()
    keys = house.first.services.foundation.data_keys
    assert keys.first("box_index") == keys.first("client_secret") == keys.first("lookup")
    assert len({bytes(row.wrapped) for row in house.rows("data_key")}) == len(PURPOSES)
