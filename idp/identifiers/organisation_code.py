"""Organisation codes before the unified code (GB 11714-1997); they live on inside it."""

import re
from dataclasses import dataclass

from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.normalise import normalise
from idp.identifiers.shown import Shown

_NINE = re.compile("[0-9A-Z]{8}[0-9X]")
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "0X987654321"


@dataclass(frozen=True, slots=True, repr=False)
class OrganisationCode(Shown):
    """A valid code of nine characters; refused otherwise (``org_code.format``, ``org_code.check``)."""

    value: str

    def __post_init__(self) -> None:
        if not _NINE.fullmatch(self.value):
            raise IdentifierRejected("org_code.format", "9 characters")
        if check_character(self.value[:8]) != self.value[8]:
            raise IdentifierRejected("org_code.check", "check character")

    @property
    def masked(self) -> str:
        """The code itself: it is public."""
        return self.value


def parse_organisation_code(text: str) -> OrganisationCode:
    """Return the code that a person typed, with or without the hyphen before the check character."""
    return OrganisationCode(normalise(text))


def check_character(body: str) -> str:
    """Return the check character of eight characters 0–9 A–Z (GB 11714-1997: plain MOD 11, A counts 10).

    With the sum reduced first, remainder 0 gives ``0`` (11 in the standard's words) and 1 gives ``X`` (10).
    """
    total = sum(weight * int(character, 36) for weight, character in zip(_WEIGHTS, body, strict=True))
    return _CHECK_CHARACTERS[total % 11]
