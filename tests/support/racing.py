"""Races on a short-lived store: many threads in one process, or many threads in each of many processes.

A call is the name of a method of the store and its arguments, so that it can travel to another process.
"""

import multiprocessing
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Barrier, Event
from typing import Any

from idp.ephemeral.port import Store
from tests.support.stores import open_at

Call = tuple[str, tuple[Any, ...]]

# Children come from a clean process without threads that has the stores loaded already: safe and quick to
# start.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.support.racing"])


def race_threads(store: Store, calls: Sequence[Call]) -> list[Any]:
    """Make all calls at once, each in a thread of its own; results in the order of the calls, errors raised."""
    results: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(number: int) -> None:
        method, arguments = calls[number]
        start.wait()
        try:
            results[number] = getattr(store, method)(*arguments)
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


class Racers:
    """Processes that wait for races; a context manager."""

    def __init__(self, processes: int = 8) -> None:
        self._start = _context.Barrier(processes)
        self._racers: list[tuple[ForkServerProcess, Connection]] = []
        for _ in range(processes):
            ours, theirs = _context.Pipe()
            process = _context.Process(target=_race_on_demand, args=(theirs, self._start), daemon=True)
            process.start()
            theirs.close()
            self._racers.append((process, ours))

    def race(self, url: str, calls: Sequence[Call]) -> list[Any]:
        """Make all calls at once on the store at `url`, shared out over the processes, a thread for each."""
        parts = [calls[number :: len(self._racers)] for number in range(len(self._racers))]
        for (_, pipe), part in zip(self._racers, parts, strict=True):
            pipe.send((url, part))
        results: list[Any] = [None] * len(calls)
        for number, (_, pipe) in enumerate(self._racers):
            answer = pipe.recv()
            if isinstance(answer, Exception):
                raise answer
            results[number :: len(self._racers)] = answer
        return results

    def __enter__(self) -> "Racers":
        return self

    def __exit__(self, *_: object) -> None:
        for process, pipe in self._racers:
            pipe.close()
            process.join()


def swapper(url: str, key: bytes, first: bytes, second: bytes) -> tuple[ForkServerProcess, Event]:
    """A started process that swaps `first` and `second` under `key` until it is killed, and the event of its
    first round.
    """
    swapping = _context.Event()
    process = _context.Process(target=_swap_for_ever, args=(url, key, first, second, swapping), daemon=True)
    process.start()
    return process, swapping


def _race_on_demand(pipe: Connection, start: Barrier) -> None:
    while True:
        try:
            url, calls = pipe.recv()
        except EOFError:
            return
        try:
            store = open_at(url)
            store.ping()
            start.wait(30)
            pipe.send(race_threads(store, calls))
            store.close()
        except Exception as error:
            start.abort()
            pipe.send(RuntimeError(repr(error)))


def _swap_for_ever(url: str, key: bytes, first: bytes, second: bytes, swapping: Event) -> None:
    store = open_at(url)
    while True:
        store.swap(key, first, second)
        store.swap(key, second, first)
        swapping.set()
