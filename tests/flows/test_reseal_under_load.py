"""Sealing, look-up and pepper keys are rotated while people sign in: nobody is turned away."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle

from tests.support.journey import Browser
from tests.support.rotating import OFFICER, PAST_SPREAD, PAST_VERIFY, Nodes, nodes

PEOPLE = 40
PURPOSES = ("seal", "lookup", "pepper", "ephemeral")


class Crowd:
    """People who sign in at both nodes, one after the other, until they are sent home."""

    def __init__(self, house: Nodes) -> None:
        self._people = [house.first.make.person() for _ in range(PEOPLE)]
        self._nodes = house.providers
        self._stop = threading.Event()
        self._at_work = [threading.Lock(), threading.Lock()]
        self._threads = [threading.Thread(target=self._sign_in, args=(number,)) for number in (0, 1)]
        self.done = [0, 0]
        self.failed: list[str] = []

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @contextmanager
    def between(self) -> Iterator[None]:
        """While nobody is in the middle of signing in: hours that pass at once would end their transaction."""
        with self._at_work[0], self._at_work[1]:
            yield

    def wait(self) -> None:
        """Until two more people signed in at each node."""
        wanted = [count + 2 for count in self.done]
        while any(done < want for done, want in zip(self.done, wanted, strict=True)) and not self.failed:
            self._stop.wait(0.02)

    def _sign_in(self, number: int) -> None:
        for count, person in enumerate(cycle(self._people)):
            if self._stop.is_set() or self.failed:
                return
            with self._at_work[number]:
                try:
                    browser = Browser(self._nodes[number], f"10.{number}.{count // 250}.{count % 250}")
                    browser.open("/login").sign_in(person)
                except Exception as error:
                    self.failed.append(repr(error))
                    return
            if browser.path != "/account":
                self.failed.append(f"{browser.status} {browser.path} after {self.done[number]}")
            self.done[number] += 1


def test_nobody_is_turned_away_while_keys_are_rotated(any_environment: dict[str, str]) -> None:
    """Two nodes serve through every step of four rotations, with rows sealed anew and digests filled and emptied."""
    with nodes(any_environment) as house, Crowd(house) as crowd:
        crowd.wait()
        life = house.lifecycle
        for purpose in PURPOSES:
            life.make(purpose, OFFICER)
            house.advance(2)
            crowd.wait()
        house.advance(PAST_SPREAD)
        house.walk()
        for purpose in PURPOSES:
            life.activate(purpose, 2, OFFICER)
            crowd.wait()
        house.advance(2)
        house.walk()
        crowd.wait()
        with crowd.between():
            house.advance(PAST_VERIFY)
        for purpose in ("seal", "lookup", "ephemeral"):
            life.retire(purpose, 1, OFFICER)
            house.advance(2)
            crowd.wait()
        house.advance(PAST_SPREAD)
        house.first.services.data_rotation.upkeep.run()
        crowd.wait()
    assert crowd.failed == []
    assert min(crowd.done) >= 20
