"""Acts begun at the same moment, each in a thread of its own."""

import threading
from collections.abc import Callable, Sequence


def at_once(acts: Sequence[Callable[[], object]]) -> list[object]:
    """What each act gave, or the error that it raised, in the order of the acts."""
    results: list[object] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def run(number: int) -> None:
        start.wait()
        try:
            results[number] = acts[number]()
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
