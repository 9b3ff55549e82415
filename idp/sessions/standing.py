"""The one rule by which a session stands, for its own pages and for the tokens that hang on it."""

from datetime import datetime, timedelta
from typing import Protocol

TOUCH_EVERY = timedelta(seconds=60)
"""How stale the time of last use may become: one write a minute, however busy a session is."""


class Times(Protocol):
    """What the rule asks of a session, however it was read."""

    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def expires_at(self) -> datetime: ...
    @property
    def seen_at(self) -> datetime: ...
    @property
    def idle_seconds(self) -> int | None: ...


def is_standing(session: Times, now: datetime, idle: timedelta) -> bool:
    """Whether a session stands at `now`: nobody ended it, and it is within its absolute and its idle limit.

    `idle` is the limit of the settings; one of the session's own, by its level and place, can only be shorter.
    """
    if session.idle_seconds is not None:
        idle = min(idle, timedelta(seconds=session.idle_seconds))
    return session.ended_at is None and now < session.expires_at and now < session.seen_at + idle
