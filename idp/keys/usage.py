"""How often each key was used: counted in memory, written down now and then, so that no request waits for it."""

import atexit
import itertools
import os
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress

from idp.errors import IdpError
from idp.observe.log import logger

FLUSH_SECONDS = 30.0

_log = logger(__name__)


class Usage:
    """Counts uses by key. The written counters lag by at most half a minute, and by what a killed process had in hand."""

    def __init__(self, write: Callable[[dict[str, int]], None]) -> None:
        """`write` adds counts to the stored counters in one transaction."""
        self._write = write
        self._lock = threading.Lock()
        self._counters: dict[str, itertools.count[int]] = {}
        self._seen: dict[str, int] = {}
        self._written: dict[str, int] = {}
        self._pid = 0
        self._ended = threading.Event()

    def add(self, key: str) -> int:
        """Count one use; how many uses this process counted since it started."""
        if self._pid != os.getpid():
            self._begin()
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters.setdefault(key, itertools.count(1))
        seen = self._seen[key] = next(counter)
        return seen

    def written(self, key: str) -> int:
        """How many of this process's uses are in the stored counter."""
        return self._written.get(key, 0)

    def flush(self) -> None:
        """Write what was counted; what cannot be written is kept for the next time."""
        try:
            self._flush()
        except IdpError as error:
            _log.warning("keys.usage_kept", detail=error.detail)

    def _flush(self) -> None:
        with self._lock:
            seen = dict(self._seen)
            counted = {key: count - self._written.get(key, 0) for key, count in seen.items()}
            counted = {key: count for key, count in counted.items() if count > 0}
            if counted:
                self._write(counted)
                self._written.update(seen)

    def close(self) -> None:
        """Write the last counts of this process and count on nobody's behalf any more; a failure is nobody's to hear."""
        self._ended.set()
        with suppress(IdpError):
            self._flush()

    def _begin(self) -> None:
        """Start the writer of this process on first use: a forked child has no threads of its parent's."""
        with self._lock:
            if self._pid == os.getpid():
                return
            self._pid = os.getpid()
            self._counters, self._seen, self._written = {}, {}, {}
            self._ended = threading.Event()
        flush = weakref.WeakMethod(self.flush)
        threading.Thread(
            target=_write_now_and_then, args=(flush, self._ended), name="key-usage", daemon=True
        ).start()
        atexit.register(_close, weakref.WeakMethod(self.close))


def _write_now_and_then(flush: "weakref.WeakMethod[Callable[[], None]]", ended: threading.Event) -> None:
    """Until whoever counts is closed or gone."""
    while not ended.wait(FLUSH_SECONDS):
        write = flush()
        if write is None:
            return
        write()
        del write


def _close(close: "weakref.WeakMethod[Callable[[], None]]") -> None:
    """At the end of a process whose server has no last word of its own."""
    last = close()
    if last is not None:
        last()
