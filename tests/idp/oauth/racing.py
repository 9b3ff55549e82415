"""Doing one thing many times at once."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def at_once(number: int, act: Callable[[], T]) -> list[T]:
    """The results of `act`, called by so many threads at the same moment; an error in any of them is raised."""
    results: list[T] = []
    errors: list[BaseException] = []
    start = threading.Barrier(number)

    def run() -> None:
        start.wait()
        try:
            results.append(act())
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results
