"""Names of people, as they stand in the register (GB 18030-2022 repertoire).

A name is never corrected: only its Unicode form, its spacing and the look-alikes of the middle dot are
settled.
"""

import re
import unicodedata
from dataclasses import dataclass

from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.masking import mask_name
from idp.identifiers.shown import Shown

LONGEST = 100
"""Characters (code points) of a name after canonicalisation."""

MIDDLE_DOT = "\N{MIDDLE DOT}"

_LONGEST_TYPED = 4 * LONGEST
_LONGEST_MARKS = 4
_SPACES = dict.fromkeys((0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
_DOTS = dict.fromkeys(
    (0x0387, 0x2022, 0x2027, 0x2219, 0x22C5, 0x2E31, 0x30FB, 0xA78F, 0xFF0E, 0xFF65), MIDDLE_DOT
)
_HAN = r"\u2E80-\u2FDF\u3005-\u3007\u3400-\u9FFF\uF900-\uFAFF\U00020000-\U0003FFFD"
_STOP_BETWEEN_HAN = re.compile(f"(?<=[{_HAN}])\\.(?=[{_HAN}])")
_SPACE_RUN = re.compile(" +")
_DOT_WITH_SPACES = re.compile(f" ?{MIDDLE_DOT} ?")
_SPACE_BESIDE_HAN = re.compile(f"(?<=[{_HAN}]) | (?=[{_HAN}])")
_VARIATION_SELECTORS = re.compile("[\u180b-\u180d\ufe00-\ufe0f\U000e0100-\U000e01ef]")

_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo"})
_MARKS = frozenset({"Mn", "Mc"})
_SEPARATORS = frozenset(f" {MIDDLE_DOT}'\N{RIGHT SINGLE QUOTATION MARK}-\N{HYPHEN}.")
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_STYLED = ("<font>", "<super>", "<sub>", "<circle>", "<square>")


@dataclass(frozen=True, slots=True, repr=False)
class PersonName(Shown):
    """A name in canonical form: NFC, one to 100 characters, single spaces, U+00B7 as the only middle dot.

    It holds letters of any script with their marks, and single separators between them (space, middle dot,
    apostrophe, hyphen, full stop). Digits, symbols, control, direction and invisible characters, private use
    and decorated letters are refused (``name.format``), as is a value that is not canonical.
    """

    value: str

    def __post_init__(self) -> None:
        if len(self.value) > LONGEST or self.value != _canonical(self.value):
            raise IdentifierRejected("name.format", "not canonical")
        _check_characters(self.value)

    @property
    def comparison(self) -> str:
        """The form by which two writings of one name are equal; for comparing, never for showing.

        Case, compatibility forms, variation selectors, the kind of apostrophe or hyphen, and spaces beside
        Han characters do not count.
        """
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", self.value).casefold())
        text = _VARIATION_SELECTORS.sub("", text)
        text = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("\N{HYPHEN}", "-")
        return _SPACE_BESIDE_HAN.sub("", text)

    @property
    def masked(self) -> str:
        """The first character only."""
        return mask_name(self.value)


def parse_person_name(text: str) -> PersonName:
    """Return the name that a person typed, in canonical form. Raises IdentifierRejected (``name.format``)."""
    if len(text) > _LONGEST_TYPED:
        raise IdentifierRejected("name.format", "length")
    return PersonName(_canonical(text))


def _canonical(text: str) -> str:
    text = unicodedata.normalize("NFC", text.translate(_SPACES).translate(_DOTS))
    text = _STOP_BETWEEN_HAN.sub(MIDDLE_DOT, text)
    text = _SPACE_RUN.sub(" ", text).strip(" ")
    return _DOT_WITH_SPACES.sub(MIDDLE_DOT, text)


def _check_characters(name: str) -> None:
    """Walk the name once: letters, their marks, separators only between letters (a stop may also end it)."""
    before, marks = " ", 0
    for character in name:
        is_mark = unicodedata.category(character) in _MARKS and character not in _INVISIBLE
        marks = marks + 1 if is_mark else 0
        if is_mark:
            allowed = before not in _SEPARATORS and marks <= _LONGEST_MARKS
        elif character in _SEPARATORS:
            allowed = before not in _SEPARATORS or (before == "." and character in " -")
        else:
            allowed = _is_letter(character)
        if not allowed:
            raise IdentifierRejected("name.format", "characters")
        before = character
    if before in _SEPARATORS - {"."}:
        raise IdentifierRejected("name.format", "ends in a separator, or empty")


def _is_letter(character: str) -> bool:
    """Whether it is a letter as names have them.

    Planes 2 and 3 are ideographs throughout, also the ones younger than the Unicode tables of this Python.
    """
    point = ord(character)
    if 0x20000 <= point <= 0x3FFFF:
        return point & 0xFFFF < 0xFFFE
    if character == "\N{IDEOGRAPHIC NUMBER ZERO}":
        return True
    return (
        unicodedata.category(character) in _LETTERS
        and character not in _INVISIBLE
        and not unicodedata.decomposition(character).startswith(_STYLED)
    )
