"""What a short-lived store promises, whichever one serves.

All acts touch one key and are atomic across threads, processes and nodes; none is decided by a count of
affected rows. Keys are digests of 32 bytes and values are sealed before they come here (`box`), so a store
never sees anything clear. One key serves either values or counting, never both: the kinds of digest keep them
apart.
"""

from typing import Protocol

from idp.errors import Unavailable

KEY_SIZE = 32


class StoreUnavailable(Unavailable):
    """The short-lived store did not answer: the caller refuses, and may not assume that a write was or was
    not done.
    """

    def __init__(self, detail: str = "") -> None:
        super().__init__("svc.down", detail)


class Store(Protocol):
    """Entries that end by themselves. Every method raises StoreUnavailable when the store does not answer.

    Lives are whole seconds ≥ 1; a key of another size than 32 bytes or a life below one second raises
    ValueError. An entry whose life is over does not exist for any method.
    """

    def put(self, key: bytes, value: bytes, seconds: int) -> None:
        """Keep `value` for `seconds`, in place of whatever was there."""
        ...

    def get(self, key: bytes) -> bytes | None:
        """The value, or None."""
        ...

    def take(self, key: bytes) -> bytes | None:
        """The value, removed by the same act: of any number of callers exactly one receives it."""
        ...

    def swap(self, key: bytes, expected: bytes, new: bytes, seconds: int | None = None) -> bool:
        """Replace exactly `expected` by `new` and tell whether this caller did it.

        The remaining life is kept, or becomes `seconds` where given. An absent entry is never created.
        """
        ...

    def add_once(self, key: bytes, value: bytes, seconds: int) -> bool:
        """Keep `value` unless there is an entry; true for exactly one of any number of callers."""
        ...

    def count(self, key: bytes, seconds: int, by: int = 1) -> int:
        """Add `by` ≥ 0 hits and return the new sum; 0 only reads.

        The window of `seconds` starts with the first call and is not prolonged by later ones.
        """
        ...

    def delete(self, key: bytes) -> None:
        """Remove the entry, if there is one."""
        ...

    def ping(self) -> None:
        """Return when the store answers."""
        ...

    def close(self) -> None:
        """Give all connections back; a later call opens new ones."""
        ...


def check_key(key: bytes) -> bytes:
    """The key itself; raises ValueError for anything but a digest, before it can reach a store in clear."""
    if len(key) != KEY_SIZE:
        raise ValueError("a short-lived entry is kept under a digest of 32 bytes")
    return key


def milliseconds(seconds: int) -> int:
    """A life in milliseconds; raises ValueError below one second."""
    if seconds < 1:
        raise ValueError("a short-lived entry lives at least one second")
    return seconds * 1000


def check_hits(by: int) -> int:
    """The hits to add; raises ValueError for a negative number, which would forgive attempts."""
    if by < 0:
        raise ValueError("hits are added, never taken back")
    return by
