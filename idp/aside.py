"""Work that an answer does not wait for, such as looking a number up and sending to it: nobody can time it (SEC-28)."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from idp.errors import IdpError, Unavailable
from idp.observe.log import logger

WORKERS: Final = 2
MOST_WAITING: Final = 200
_log = logger(__name__)


class Aside:
    """A few threads beside the requests of this process, with a bounded queue."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(MOST_WAITING)
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    def do(self, work: Callable[[], object]) -> None:
        """Have work done soon. What it raises is logged, never shown. Raises Unavailable when too much waits."""
        if not self._places.acquire(blocking=False):
            raise Unavailable("svc.busy", "too much waits aside")
        with self._lock:
            # Made at the first use, so that a process that forks takes no threads along.
            self._pool = self._pool or ThreadPoolExecutor(WORKERS, "aside")
            future = self._pool.submit(work)
        future.add_done_callback(self._done)

    def close(self) -> None:
        """Finish what waits and end the threads."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown()

    def _done(self, future: "Future[object]") -> None:
        self._places.release()
        error = future.exception()
        if isinstance(error, IdpError):
            _log.warning("aside.refused", code=error.code)
        elif error is not None:
            _log.error("aside.failed", exc_info=error)
