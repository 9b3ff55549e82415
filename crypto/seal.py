"""Sealing of fields at rest: SM4-GCM under versioned keys, bound to the place where the field lives.

Form: 1 byte version (1) | 2 bytes key id, big endian | 12 bytes nonce | ciphertext | 16 bytes tag.
The associated data are the first three bytes and every context part behind its 4-byte length, so that bytes
moved to another row, column or key id do not open (GB/T 39786-2021 §8.4 e).
"""

from collections.abc import Callable, Mapping
from typing import Final, Self

from crypto.errors import KeyUnusable, SealError
from crypto.ring import Count, HeldRing, KeyRing, Source, count_nothing, fixed
from crypto.sm import sm4
from crypto.tokens import random_bytes

HEADER_SIZE: Final = 3
"""Bytes by which sealed fields of one key begin alike: see ``header_of``."""
SEALS_LIMIT: Final = 1 << 32
"""Seals under one key with random nonces of 12 bytes (NIST SP 800-38D §8.3, which SM4-GCM follows)."""

_VERSION = 1
_BODY = HEADER_SIZE + sm4.NONCE_SIZE
_MAX_KEY_ID = 0xFFFF


Refused = Callable[[tuple[str, ...]], None]
"""Hears of the place, as ``seal`` was told it, of something that does not open."""


class Sealer:
    """Seals under the current key, opens under any key held. Safe to share between threads."""

    __slots__ = ("_count", "_refused", "_ring")

    def __init__(self, keys: Mapping[int, bytes], current: int) -> None:
        """Take keys of 16 bytes by id (0..65535); ``current`` is the one that seals.

        Raises KeyUnusable for a wrong size or id, or when the current key is not among them.
        """
        self._ring = HeldRing(fixed(keys, current), _check)
        self._count: Count = count_nothing
        self._refused: Refused = _tell_nobody

    @classmethod
    def following(cls, source: Source, count: Count = count_nothing, refused: Refused | None = None) -> Self:
        """A sealer under whatever ring ``source`` gives at each use.

        ``count`` hears of every seal before it is made, ``refused`` of the place of everything that does not open.

        Raises KeyUnusable, here and at any later use, for a ring that could not seal.
        """
        sealer = cls.__new__(cls)
        sealer._ring = HeldRing(source, _check)
        sealer._count = count
        sealer._refused = refused or _tell_nobody
        return sealer

    @property
    def current(self) -> int:
        """The id of the key that seals now."""
        return self._ring.now().current

    def seal(self, plaintext: bytes, *context: str) -> bytes:
        """Seal plaintext for the place named by context (for instance table, row id, column)."""
        ring = self._ring.now()
        current = ring.current
        self._count(current)
        header = header_of(current)
        nonce = random_bytes(sm4.NONCE_SIZE)
        associated = header + _framed(context)
        return header + nonce + sm4.gcm_seal(ring.keys[current], nonce, plaintext, associated)

    def open(self, sealed: bytes, *context: str) -> bytes:
        """Give the plaintext; raises SealError unless bytes, key and context are those of ``seal``."""
        try:
            return self._opened(sealed, context)
        except SealError:
            self._refused(context)
            raise

    def _opened(self, sealed: bytes, context: tuple[str, ...]) -> bytes:
        key = self._ring.now().keys.get(key_id_of(sealed))
        if key is None:
            raise SealError("sealed under a key that is not held")
        header = sealed[:HEADER_SIZE]
        return sm4.gcm_open(key, sealed[HEADER_SIZE:_BODY], sealed[_BODY:], header + _framed(context))


def _tell_nobody(_context: tuple[str, ...]) -> None:
    """Whoever opens learns it from the error."""


def header_of(key_id: int) -> bytes:
    """The bytes by which everything begins that was sealed under this key."""
    return bytes((_VERSION,)) + key_id.to_bytes(2, "big")


def key_id_of(sealed: bytes) -> int:
    """The id of the key that sealed these bytes, as they claim; raises SealError for anything but a sealed field."""
    if len(sealed) < _BODY + sm4.TAG_SIZE or sealed[0] != _VERSION:
        raise SealError("not a sealed field")
    return int.from_bytes(sealed[1:HEADER_SIZE], "big")


def _check(ring: KeyRing) -> None:
    for key_id, key in ring.keys.items():
        if not 0 <= key_id <= _MAX_KEY_ID:
            raise KeyUnusable("a sealing key id lies in 0..65535")
        if len(key) != sm4.KEY_SIZE:
            raise KeyUnusable("a sealing key has 16 bytes")
    if ring.current not in ring.keys:
        raise KeyUnusable("the current sealing key is not held")


def _framed(context: tuple[str, ...]) -> bytes:
    """Lengths in front, so that ("ab", "c") and ("a", "bc") differ."""
    parts = [part.encode("utf-8") for part in context]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
