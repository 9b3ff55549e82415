"""A clock that moves only when a test says so."""

import time


class StandingClock:
    """Starts at the present second; `advance` moves it."""

    def __init__(self) -> None:
        self._now = float(int(time.time()))

    def timestamp(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds
