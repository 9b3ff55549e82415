"""Keyed digests by which sealed values are found again without opening them."""

from crypto.errors import KeyUnusable
from crypto.sm import sm3

_SEPARATOR = "|"
_MIN_KEY_SIZE = 16


class Lookup:
    """Blind index: HMAC-SM3 over the kind of a value and the value. Safe to share between threads."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """Take a key of at least 16 bytes that serves nothing else; raises KeyUnusable for a shorter one."""
        if len(key) < _MIN_KEY_SIZE:
            raise KeyUnusable("a lookup key has at least 16 bytes")
        self._key = key

    def digest(self, kind: str, value: str) -> bytes:
        """Give the 32 bytes under which a canonical value of this kind is found.

        The kind (for instance a certificate-type code) may not contain ``|``: raises ValueError.
        """
        if _SEPARATOR in kind:
            raise ValueError("the kind may not contain a vertical bar")
        return sm3.hmac_sm3(self._key, f"{kind}{_SEPARATOR}{value}".encode())
