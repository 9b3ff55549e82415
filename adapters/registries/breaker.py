"""Leaving a source alone that does not answer, so that people do not wait for it.

::

    closed ──five failures in a row──▶ open ──rest is over──▶ half open ──an answer──▶ closed
                                        ▲                         └────────a failure────┘ (open again)

The state is this process's own: each finds out for itself, which costs a source five questions a process.
"""

import threading
from typing import Final

from idp.clock import Clock

FAILURES: Final = 5


class Breaker:
    """One for each source."""

    def __init__(self, clock: Clock, rest_seconds: int) -> None:
        self._clock = clock
        self._rest = rest_seconds
        self._lock = threading.Lock()
        self._failed = 0
        self._rests_until = float("-inf")

    def may_ask(self) -> bool:
        """Whether the source is asked now; after a rest one caller is let through to try."""
        with self._lock:
            if self._failed < FAILURES:
                return True
            if self._clock.timestamp() < self._rests_until:
                return False
            self._rests_until = self._clock.timestamp() + self._rest
            return True

    def answered(self) -> None:
        """The source answered, whatever it said."""
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        """No answer that counts came."""
        with self._lock:
            self._failed += 1
            if self._failed >= FAILURES:
                self._rests_until = self._clock.timestamp() + self._rest
