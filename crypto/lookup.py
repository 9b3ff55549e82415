"""Keyed digests by which sealed values are found again without opening them."""

from typing import Self

from crypto.errors import KeyUnusable
from crypto.ring import Count, HeldRing, KeyRing, Source, count_nothing, fixed
from crypto.sm import sm3

_SEPARATOR = "|"
_MIN_KEY_SIZE = 16
_ONLY = 1


class Lookup:
    """Blind index: HMAC-SM3 over the kind of a value and the value. Safe to share between threads.

    While its key is rotated, digests are written under every version held and read under the current one.
    """

    __slots__ = ("_count", "_ring")

    def __init__(self, key: bytes) -> None:
        """Take a key of at least 16 bytes that serves nothing else; raises KeyUnusable for a shorter one."""
        self._ring = HeldRing(fixed({_ONLY: key}, _ONLY), _check)
        self._count: Count = count_nothing

    @classmethod
    def following(cls, source: Source, count: Count = count_nothing) -> Self:
        """A look-up under whatever ring ``source`` gives at each use; ``count`` hears of every digest.

        Raises KeyUnusable, here and at any later use, for a ring without its current key or with a short one.
        """
        lookup = cls.__new__(cls)
        lookup._ring = HeldRing(source, _check)
        lookup._count = count
        return lookup

    @property
    def current(self) -> int:
        """The version that values are found by now."""
        return self._ring.now().current

    def digest(self, kind: str, value: str) -> bytes:
        """Give the 32 bytes under which a canonical value of this kind is found.

        The kind (for instance a certificate-type code) may not contain ``|``: raises ValueError.
        """
        return self.current_digest(kind, value)[1]

    def current_digest(self, kind: str, value: str) -> tuple[int, bytes]:
        """Give the version that values are found by, and the digest under it: both of one moment."""
        ring = self._ring.now()
        self._count(ring.current)
        return ring.current, sm3.hmac_sm3(ring.keys[ring.current], _message(kind, value))

    def digests(self, kind: str, value: str) -> dict[int, bytes]:
        """Give the digest under every version held: what is stored with a value."""
        message = _message(kind, value)
        found = {}
        for version, key in self._ring.now().keys.items():
            self._count(version)
            found[version] = sm3.hmac_sm3(key, message)
        return found


def _check(ring: KeyRing) -> None:
    if any(len(key) < _MIN_KEY_SIZE for key in ring.keys.values()):
        raise KeyUnusable("a lookup key has at least 16 bytes")
    if ring.current not in ring.keys:
        raise KeyUnusable("the current lookup key is not held")


def _message(kind: str, value: str) -> bytes:
    if _SEPARATOR in kind:
        raise ValueError("the kind may not contain a vertical bar")
    return f"{kind}{_SEPARATOR}{value}".encode()
