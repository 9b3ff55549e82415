"""Business registration numbers before the unified code."""

import re
from dataclasses import dataclass

from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.masking import mask_id_number
from idp.identifiers.normalise import normalise
from idp.identifiers.shown import Shown

_FORM = re.compile("[1-9][0-9]{12}(?:[0-9]{2})?")


@dataclass(frozen=True, slots=True, repr=False)
class RegistrationNumber(Shown):
    """A number of 15 digits with a valid check digit, or one of 13 digits from before 2007, which had none.

    Refused otherwise (``registration.format``, ``registration.check``). It has no relation to the unified
    code.
    """

    value: str

    def __post_init__(self) -> None:
        if not _FORM.fullmatch(self.value):
            raise IdentifierRejected("registration.format", "13 or 15 digits")
        if len(self.value) == 15 and check_digit(self.value[:14]) != self.value[14]:
            raise IdentifierRejected("registration.check", "check digit")

    @property
    def is_sole_trader(self) -> bool | None:
        """Whether the sequence starts 6–9, the sole traders' range; None (not known) for 13 digits."""
        return self.value[6] >= "6" if len(self.value) == 15 else None

    @property
    def masked(self) -> str:
        """The number itself if surely no sole trader's, otherwise its first three and last two digits."""
        return self.value if self.is_sole_trader is False else mask_id_number(self.value)


def parse_registration_number(text: str) -> RegistrationNumber:
    """Return the number that was typed or read from a file; refused as by the constructor."""
    return RegistrationNumber(normalise(text))


def check_digit(body: str) -> str:
    """Return the check digit of the 14 leading ASCII digits (ISO 7064 MOD 11,10)."""
    product = 10
    for digit in body:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)
