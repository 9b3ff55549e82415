"""One-time things under attack: 200 callers at once, in one process and across eight, and processes killed at
work.
"""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from idp.ephemeral.port import Store
from tests.support.racing import Call, Racers, race_threads, swapper
from tests.support.stores import ALL, on_stores, random_key

CALLERS = 200
MINUTE = 60

pytestmark = [pytest.mark.sec("SEC-06"), pytest.mark.sec("SEC-07")]


@pytest.fixture(scope="module")
def racers() -> Iterator[Racers]:
    """Eight processes ready to race."""
    with Racers(processes=8) as racers:
        yield racers


class Contest:
    """The calls of all callers for one key, and what must be true of their results."""

    def __init__(self, store: Store, method: str) -> None:
        self._store = store
        self._method = method
        self._key = random_key()
        if method != "add_once":
            store.put(self._key, b"prize", MINUTE)
        self.calls: list[Call] = [(method, self._arguments(f"caller {n}".encode())) for n in range(CALLERS)]

    def _arguments(self, mark: bytes) -> tuple[object, ...]:
        return {
            "take": (self._key,),
            "swap": (self._key, b"prize", mark),
            "add_once": (self._key, mark, MINUTE),
        }[self._method]

    def check(self, results: list[object]) -> None:
        """Exactly one caller won, and the entry is what the winner made of it."""
        winners = [number for number, result in enumerate(results) if result]
        assert len(winners) == 1
        left = self._store.get(self._key)
        if self._method == "take":
            assert results[winners[0]] == b"prize"
            assert left is None
        else:
            assert left == f"caller {winners[0]}".encode()


@on_stores(*ALL)
@pytest.mark.parametrize("method", ["take", "swap", "add_once"])
def test_of_200_threads_exactly_one_wins(store: Store, method: str) -> None:
    """Threads of one process that all want the same entry: one gets it."""
    contest = Contest(store, method)
    contest.check(race_threads(store, contest.calls))


@on_stores(*ALL)
@pytest.mark.parametrize("method", ["take", "swap", "add_once"])
def test_of_200_callers_in_eight_processes_exactly_one_wins(
    store: Store, store_url: str, racers: Racers, method: str
) -> None:
    """Callers on several nodes that all want the same entry: one gets it."""
    contest = Contest(store, method)
    contest.check(racers.race(store_url, contest.calls))


@on_stores(*ALL)
def test_no_hit_is_lost_among_200_callers(store: Store, store_url: str, racers: Racers) -> None:
    """Every caller of a counter sees a sum of its own, so a burst cannot slip below a limit."""
    key = random_key()
    calls: list[Call] = [("count", (key, MINUTE))] * CALLERS
    assert sorted(race_threads(store, calls)) == list(range(1, CALLERS + 1))
    assert sorted(racers.race(store_url, calls)) == list(range(CALLERS + 1, 2 * CALLERS + 1))


@on_stores(*ALL)
def test_an_expired_counter_and_an_expired_entry_are_won_once(
    store: Store, store_url: str, racers: Racers
) -> None:
    """The end of a life opens no gap through which two callers come."""
    used, key = random_key(), random_key()
    store.add_once(used, b"old", 1)
    store.count(key, 1, 1000)
    while store.get(used) is not None or store.count(key, 1, 0) >= 1000:
        time.sleep(0.05)
    added = racers.race(store_url, [("add_once", (used, b"new", MINUTE))] * CALLERS)
    assert sum(added) == 1
    store.delete(key)
    assert max(racers.race(store_url, [("count", (key, MINUTE))] * CALLERS)) == CALLERS


@on_stores(*ALL)
def test_a_process_killed_while_swapping_leaves_old_or_new(store: Store, store_url: str) -> None:
    """SIGKILL at any moment leaves a whole value and a store that goes on."""
    old, new = b"o" * 50_000, b"n" * 50_000
    for pause in (0.005, 0.013, 0.021, 0.034):
        key = random_key()
        store.put(key, old, MINUTE)
        process, swapping = swapper(store_url, key, old, new)
        assert swapping.wait(30)
        time.sleep(pause)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        # A server may still carry out the last swap that the dead process sent: read until one read is
        # settled.
        settled = False
        while not settled:
            left = store.get(key)
            assert left is not None
            assert left in (old, new)
            settled = store.swap(key, left, b"goes on")
        assert store.take(key) == b"goes on"
