"""Citizen ID numbers and the cards that share their form (GB 11643-1999).

Three cards carry 18 characters with an ISO 7064 MOD 11-2 check character: the resident card, the residence
permit for Hong Kong, Macao and Taiwan residents, and the foreign permanent resident card issued since
December 2023.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.masking import mask_id_number
from idp.identifiers.normalise import normalise
from idp.identifiers.region import PROVINCES, Region
from idp.identifiers.shown import Shown

OLDEST_AGE = 150
"""Full years; an older birth date is a typing error."""

_EIGHTEEN = re.compile("[1-9][0-9]{16}[0-9X]")
_FIFTEEN = re.compile("[1-9][0-9]{14}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_PERMIT_REGIONS = frozenset({"810000", "820000", "830000"})
_PERMIT_PROVINCES = frozenset({"81", "82", "83"})
_RESIDENT_PROVINCES = PROVINCES.keys() - _PERMIT_PROVINCES - {"91"}
_CARD_ISSUING_PROVINCES = _RESIDENT_PROVINCES - {"71"}
_CENTENARIAN_SEQUENCES = frozenset({"996", "997", "998", "999"})


class IdKind(StrEnum):
    """Which card carries the number; values are the codes of GA/T 2000.156.

    The permit for Hong Kong, Macao and Taiwan residents (2018) is younger than that list (2016) and stands
    under its code for residence permits.
    """

    RESIDENT = "111"
    HMT_RESIDENCE = "154"
    FOREIGN_PERMANENT = "553"


@dataclass(frozen=True, slots=True, repr=False)
class IdNumber(Shown):
    """A valid number of 18 characters, the last a digit or capital X.

    The constructor checks everything but the age (``id.format``, ``id.check``). Two numbers are equal when
    their 18 characters are, whether or not one was typed in the old form of 15 digits.
    """

    value: str
    is_from_15: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        if not _EIGHTEEN.fullmatch(self.value):
            raise IdentifierRejected("id.format", "18 characters")
        if check_character(self.value[:17]) != self.value[17]:
            raise IdentifierRejected("id.check", "check character")
        if not _is_known_place(self.value):
            raise IdentifierRejected("id.check", "region")
        _real_date(self.value[6:14])

    @property
    def kind(self) -> IdKind:
        """The card, told from the first two digits."""
        if self.value[0] == "9":
            return IdKind.FOREIGN_PERMANENT
        return IdKind.HMT_RESIDENCE if self.value[:2] in _PERMIT_PROVINCES else IdKind.RESIDENT

    @property
    def region(self) -> Region:
        """The place of first registration; for a foreign card the province that first issued it."""
        return Region(f"{self.value[1:3]}0000" if self.kind is IdKind.FOREIGN_PERMANENT else self.value[:6])

    @property
    def country(self) -> str | None:
        """Three digits of the country (GB/T 2659) on a foreign card, None on the others."""
        return self.value[3:6] if self.kind is IdKind.FOREIGN_PERMANENT else None

    @property
    def birth_date(self) -> date:
        """The date of birth."""
        return _real_date(self.value[6:14])

    @property
    def sex(self) -> Literal["male", "female"]:
        """Odd sequence numbers are male, even ones female."""
        return "male" if int(self.value[16]) % 2 else "female"

    @property
    def masked(self) -> str:
        """First three and last two characters."""
        return mask_id_number(self.value)


def parse_id_number(text: str, today: date) -> IdNumber:
    """Return the number that a person typed or pasted, in 18 characters or in the old 15 digits.

    Raises IdentifierRejected: ``id.format`` for wrong length or characters; ``id.check`` for a wrong check
    character, an unknown province, a birth date that is not real, is after ``today`` or more than 150 full
    years before it.
    """
    text = normalise(text)
    number = from_15(text) if _FIFTEEN.fullmatch(text) else IdNumber(text)
    require_plausible_birth(number.birth_date, today)
    return number


def from_15(fifteen: str) -> IdNumber:
    """Return the number that replaced an old one of 15 ASCII digits, without checking the age.

    The year gets its century, 18 for the sequences 996 to 999 that were kept for people born before 1900, and
    the check character is added. Only resident cards had this form.
    """
    if not _FIFTEEN.fullmatch(fifteen):
        raise IdentifierRejected("id.format", "15 digits")
    century = "18" if fifteen[12:] in _CENTENARIAN_SEQUENCES else "19"
    body = f"{fifteen[:6]}{century}{fifteen[6:]}"
    number = IdNumber(body + check_character(body), is_from_15=True)
    if number.kind is not IdKind.RESIDENT:
        raise IdentifierRejected("id.check", "region")
    return number


def require_plausible_birth(birth: date, today: date) -> None:
    """Refuse (``id.check``) a birth after ``today`` or one that makes a person older than ``OLDEST_AGE``."""
    age = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
    if not (birth <= today and age <= OLDEST_AGE):
        raise IdentifierRejected("id.check", "age")


def check_character(body: str) -> str:
    """Return the check character of the 17 leading ASCII digits (GB 11643-1999; ISO 7064 MOD 11-2)."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def _is_known_place(value: str) -> bool:
    if value[0] == "9":
        return value[1:3] in _CARD_ISSUING_PROVINCES
    return value[:2] in _RESIDENT_PROVINCES or value[:6] in _PERMIT_REGIONS


def _real_date(digits: str) -> date:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise IdentifierRejected("id.check", "birth date") from None
