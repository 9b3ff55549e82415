"""Sealing of fields at rest: SM4-GCM under versioned keys, bound to the place where the field lives.

Form: 1 byte version (1) | 2 bytes key id, big endian | 12 bytes nonce | ciphertext | 16 bytes tag.
The associated data are the first three bytes and every context part behind its 4-byte length, so that bytes
moved to another row, column or key id do not open (GB/T 39786-2021 §8.4 e).
"""

from collections.abc import Mapping

from crypto.errors import KeyUnusable, SealError
from crypto.sm import sm4
from crypto.tokens import random_bytes

_VERSION = 1
_HEADER_SIZE = 3
_BODY = _HEADER_SIZE + sm4.NONCE_SIZE
_MAX_KEY_ID = 0xFFFF


class Sealer:
    """Seals under the current key, opens under any key held. Safe to share between threads."""

    __slots__ = ("_current", "_keys")

    def __init__(self, keys: Mapping[int, bytes], current: int) -> None:
        """Take keys of 16 bytes by id (0..65535); ``current`` is the one that seals.

        Raises KeyUnusable for a wrong size or id, or when the current key is not among them.
        """
        for key_id, key in keys.items():
            if not 0 <= key_id <= _MAX_KEY_ID:
                raise KeyUnusable("a sealing key id lies in 0..65535")
            if len(key) != sm4.KEY_SIZE:
                raise KeyUnusable("a sealing key has 16 bytes")
        if current not in keys:
            raise KeyUnusable("the current sealing key is not held")
        self._keys = dict(keys)
        self._current = current

    def seal(self, plaintext: bytes, *context: str) -> bytes:
        """Seal plaintext for the place named by context (for instance table, row id, column)."""
        header = bytes((_VERSION,)) + self._current.to_bytes(2, "big")
        nonce = random_bytes(sm4.NONCE_SIZE)
        associated = header + _framed(context)
        return header + nonce + sm4.gcm_seal(self._keys[self._current], nonce, plaintext, associated)

    def open(self, sealed: bytes, *context: str) -> bytes:
        """Give the plaintext; raises SealError unless bytes, key and context are those of ``seal``."""
        if len(sealed) < _BODY + sm4.TAG_SIZE or sealed[0] != _VERSION:
            raise SealError("not a sealed field")
        header = sealed[:_HEADER_SIZE]
        key = self._keys.get(int.from_bytes(header[1:], "big"))
        if key is None:
            raise SealError("sealed under a key that is not held")
        return sm4.gcm_open(key, sealed[_HEADER_SIZE:_BODY], sealed[_BODY:], header + _framed(context))


def _framed(context: tuple[str, ...]) -> bytes:
    """Lengths in front, so that ("ab", "c") and ("a", "bc") differ."""
    parts = [part.encode("utf-8") for part in context]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
