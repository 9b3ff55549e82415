"""Events of publications."""

from dataclasses import dataclass

from idp.audit.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Published(Event):
    """A file was published: how many changes it tells of."""

    act = "publication.made"
    day: str
    count: int
