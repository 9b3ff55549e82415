"""Events of sessions."""

from dataclasses import dataclass

from idp.audit.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """A session ended: signed out, ended from another device, replaced, or its person was frozen."""

    act = "session.ended"
    why: str
    participants: int
