"""What people type and paste, brought to the characters of the standards."""

from collections.abc import Mapping

_SPACES = (0x20, 0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
_HYPHENS = (0x2D, *range(0x2010, 0x2016), 0x2212, 0xFF0D)


def _table() -> Mapping[int, int | None]:
    """One table for one pass: only listed characters change, so look-alikes stay and are refused later."""
    table: dict[int, int | None] = dict.fromkeys((*_SPACES, *_HYPHENS))
    table |= {0xFF10 + n: ord("0") + n for n in range(10)}
    for n in range(26):
        table |= dict.fromkeys((ord("a") + n, 0xFF21 + n, 0xFF41 + n), ord("A") + n)
    return table


_TABLE = _table()


def normalise(text: str) -> str:
    """Return the text without spaces and hyphens, with full-width digits and letters as ASCII, in capitals.

    Every other character is left as it is, so that the parser refuses it: ``str.upper`` and NFKC would turn
    superscripts, circled digits and dotless i into acceptable characters. Idempotent; linear in the length.
    """
    return text.translate(_TABLE)
