"""The versions of one key as a process holds them at one moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by version; ``current`` is the one that new things are made under. Its text shows no key."""

    keys: Mapping[int, bytes] = field(repr=False)
    current: int


Source = Callable[[], KeyRing]
"""Gives the ring as of now; asked at every use, so it must be cheap. The same object means nothing changed."""
Count = Callable[[int], None]
"""Told the version of a key at every use of it; may refuse the use by raising."""


class HeldRing:
    """The ring of a source, checked once for each new one."""

    __slots__ = ("_check", "_checked", "_source")

    def __init__(self, source: Source, check: Callable[[KeyRing], None]) -> None:
        """``check`` raises KeyUnusable for a ring that cannot serve: here, and in ``now`` for a later one."""
        self._source = source
        self._check = check
        self._checked: KeyRing | None = None
        self.now()

    def now(self) -> KeyRing:
        """Give the ring as of now."""
        ring = self._source()
        if ring is not self._checked:
            self._check(ring)
            self._checked = ring
        return ring


def fixed(keys: Mapping[int, bytes], current: int) -> Source:
    """A source whose ring never changes."""
    ring = KeyRing(dict(keys), current)
    return lambda: ring


def count_nothing(_version: int) -> None:
    """For keys whose uses nobody counts."""
