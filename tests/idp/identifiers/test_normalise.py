"""What people type and paste becomes the characters of the standards, and nothing else does."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from idp.identifiers.normalise import normalise


def test_full_width_text_spaces_and_hyphens_become_plain_capitals() -> None:
    """Full-width digits and letters, all kinds of spaces and pasted hyphens are settled."""
    assert normalise("　１４０１-00 ｘ－ＡbＣ\u00a0z—") == "140100XABCZ"


def test_nothing_outside_the_listed_characters_turns_into_a_digit_or_letter() -> None:
    """Over all of Unicode only ASCII and the three full-width ranges give digits or letters."""
    allowed = [*range(0x30, 0x3A), *range(0x41, 0x5B), *range(0x61, 0x7B)]
    allowed += [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]
    giving = [
        point
        for point in range(0x110000)
        if normalise(chr(point)).isascii() and normalise(chr(point)).isalnum()
    ]
    assert giving == allowed


def test_only_spaces_and_dashes_are_dropped() -> None:
    """No control, zero-width or direction character disappears: it stays and is refused."""
    dropped = {unicodedata.category(chr(point)) for point in range(0x110000) if not normalise(chr(point))}
    assert dropped == {"Zs", "Pd", "Sm"}
    assert normalise("\u0000\u200b\u202e\ufeff\n\t") == "\u0000\u200b\u202e\ufeff\n\t"


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    """What is stored once is found again."""
    assert normalise(normalise(text)) == normalise(text)
