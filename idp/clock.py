"""Time comes from here, so that tests can stand still."""

import time
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Gives the present instant."""

    def timestamp(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z."""
        ...


class SystemClock:
    """The machine's clock."""

    def timestamp(self) -> float:
        return time.time()


def instant(clock: Clock) -> datetime:
    """The present instant as an aware datetime in UTC."""
    return datetime.fromtimestamp(clock.timestamp(), UTC)


def today(clock: Clock) -> date:
    """The calendar date in China, by which ages and validity are counted."""
    return datetime.fromtimestamp(clock.timestamp(), CHINA).date()
