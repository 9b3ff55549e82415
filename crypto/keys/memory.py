"""Memory for a secret that stays long: locked into RAM, left out of dumps and of children, zeroed at the end.

Best effort, and it says what it reached: Python's own copies (arguments, results of libraries) are out of its reach.
"""

import ctypes
import mmap
import resource
import sys
from typing import Final

_PR_SET_DUMPABLE: Final = 4
_MADV_DONTDUMP: Final = 16
_MADV_WIPEONFORK: Final = 18
_LENGTH_BYTES: Final = 2


class LockedBytes:
    """A page of memory with one secret of at most 4,094 bytes in it. Its printed form shows nothing."""

    __slots__ = ("_page", "is_locked")

    def __init__(self, secret: bytes) -> None:
        """Copy the secret in; `is_locked` tells whether the page cannot be swapped out."""
        # Private: a shared page would not be wiped in children.
        self._page = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        for advice in (_MADV_DONTDUMP, _MADV_WIPEONFORK):
            _advise(self._page, advice)
        self.is_locked = _lock(self._page)
        self._page[: len(secret) + _LENGTH_BYTES] = len(secret).to_bytes(_LENGTH_BYTES, "big") + secret

    def read(self) -> bytes:
        """A copy of the secret; empty after `wipe`, and in a child made by fork."""
        length = int.from_bytes(self._page[:_LENGTH_BYTES], "big")
        return self._page[_LENGTH_BYTES : _LENGTH_BYTES + length]

    def wipe(self) -> None:
        """Overwrite the secret with zeros."""
        self._page[:] = bytes(len(self._page))


def forbid_dumps() -> bool:
    """Keep this process's memory out of core dumps and other processes of its user; whether the system agreed."""
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError):
        return False
    if not sys.platform.startswith("linux"):
        return False
    return int(ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)) == 0


def _advise(page: mmap.mmap, advice: int) -> None:
    try:
        page.madvise(advice)
    except (OSError, AttributeError):
        # An older system: the page is only less protected, and the secret is still zeroed at the end.
        return


def _lock(page: mmap.mmap) -> bool:
    try:
        library = ctypes.CDLL(None, use_errno=True)
        place = ctypes.addressof(ctypes.c_char.from_buffer(page))
        return int(library.mlock(ctypes.c_void_p(place), ctypes.c_size_t(len(page)))) == 0
    except (OSError, AttributeError):
        return False
