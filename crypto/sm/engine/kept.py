"""What engines keep loaded between calls: one of each for every thread, and none crosses a fork.

A child draws its nonces from objects of its own, and never enters one that another thread of the parent may
have been inside when the child was made.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

_MOST_KEYS = 64

T = TypeVar("T")


class _Process:
    """Counts forks, so that a child knows its inherited objects for what they are."""

    generation = 0

    @classmethod
    def forked(cls) -> None:
        cls.generation += 1


os.register_at_fork(after_in_child=_Process.forked)


class PerThread(Generic[T]):
    """One object for each thread, made on first use."""

    __slots__ = ("_local", "_make")

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._local = threading.local()

    def get(self) -> T:
        """Give the object of this thread and process."""
        kept: tuple[int, T] | None = getattr(self._local, "kept", None)
        if kept is None or kept[0] != _Process.generation:
            kept = self._local.kept = (_Process.generation, self._make())
        return kept[1]

    def drop(self) -> None:
        """Forget the object of this thread: a call into it was interrupted halfway."""
        self._local.kept = None


class PerThreadAndKey(threading.local, Generic[T]):
    """The objects of the public keys that this thread used last, made on first use."""

    def __init__(self, make: Callable[[bytes], T]) -> None:
        """Take the maker of an object from a public key; it raises KeyUnusable for a bad one."""
        self._make = make
        self._generation = _Process.generation
        self._kept: OrderedDict[bytes, T] = OrderedDict()

    def get(self, public: bytes) -> T:
        """Give the object of this key, thread and process."""
        if self._generation != _Process.generation:
            self._generation = _Process.generation
            self._kept.clear()
        kept = self._kept.get(public)
        if kept is None:
            kept = self._kept[public] = self._make(public)
            if len(self._kept) > _MOST_KEYS:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(public)
        return kept

    def drop(self, public: bytes) -> None:
        """Forget the object of this key: a call into it was interrupted halfway."""
        self._kept.pop(public, None)
