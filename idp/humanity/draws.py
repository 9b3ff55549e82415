"""Numbers and noise out of a secret seed: the same challenge is drawn alike each time that it is asked for.

Were it drawn anew, two copies of one answer would show together what is answer and what is noise.
"""

from typing import Final

from crypto.sm import sm3

_CHUNK: Final = 1024
_WORD: Final = 4
_MOST: Final = 2 ** (8 * _WORD)


class Draws:
    """An endless row of numbers, wholly given by the seed and by what they are for."""

    def __init__(self, seed: bytes, use: str) -> None:
        self._seed = seed + use.encode()
        self._chunks = 0
        self._rest = b""

    def between(self, low: float, high: float) -> float:
        """A number from `low` up to `high`."""
        return low + (high - low) * self._word() / _MOST

    def chance(self, of: int) -> bool:
        """True once in `of` draws."""
        return self._word() % of == 0

    def noise(self, length: int) -> bytes:
        """So many bytes, each value as likely as another (GM/T 0003.4 §5.4.3)."""
        return sm3.kdf(self._next_seed(), length)

    def _word(self) -> int:
        if len(self._rest) < _WORD:
            self._rest = sm3.kdf(self._next_seed(), _CHUNK)
        word, self._rest = self._rest[:_WORD], self._rest[_WORD:]
        return int.from_bytes(word, "big")

    def _next_seed(self) -> bytes:
        self._chunks += 1
        return self._seed + self._chunks.to_bytes(4, "big")
