"""Documents other than the 18-character cards: passports, travel permits, the old foreign resident card.

None of these numbers has a published check character, so only the form is checked.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.masking import mask_document
from idp.identifiers.normalise import normalise
from idp.identifiers.shown import Shown


class DocumentKind(StrEnum):
    """Kinds of documents; values are the codes of GA/T 2000.156."""

    PASSPORT = "414"
    TAIWAN_TRAVEL_PERMIT = "511"
    HK_MACAO_TRAVEL_PERMIT = "516"
    FOREIGN_PERMANENT = "553"


DOCUMENT_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "111": "居民身份证",
        "154": "港澳台居民居住证",
        "414": "普通护照",
        "511": "台湾居民来往大陆通行证",
        "516": "港澳居民来往内地通行证",
        "553": "外国人永久居留身份证",
    }
)
"""Names by GA/T 2000.156 code of every kind that an account may hold, those of ``IdKind`` included."""

_FORMS = MappingProxyType(
    {
        DocumentKind.PASSPORT: re.compile("(?=[A-Z]*[0-9])[A-Z0-9]{5,15}"),
        DocumentKind.TAIWAN_TRAVEL_PERMIT: re.compile("[0-9]{8}"),
        DocumentKind.HK_MACAO_TRAVEL_PERMIT: re.compile("[HM][0-9]{8}"),
        DocumentKind.FOREIGN_PERMANENT: re.compile("[A-Z]{3}[0-9]{12}"),
    }
)
_ISSUE_COUNTER = MappingProxyType(
    {
        DocumentKind.TAIWAN_TRAVEL_PERMIT: re.compile("([0-9]{8})[0-9]{2}"),
        DocumentKind.HK_MACAO_TRAVEL_PERMIT: re.compile("([HM][0-9]{8})[0-9]{2}"),
    }
)


@dataclass(frozen=True, slots=True, repr=False)
class Document(Shown):
    """A document number in capitals without spaces and hyphens; else refused (``document.format``)."""

    kind: DocumentKind
    value: str

    def __post_init__(self) -> None:
        if not _FORMS[self.kind].fullmatch(self.value):
            raise IdentifierRejected("document.format", self.kind.name)

    @property
    def masked(self) -> str:
        """First and last two characters."""
        return mask_document(self.value)


@dataclass(frozen=True, slots=True, repr=False)
class ForeignCard15(Shown):
    """The foreign permanent resident card from before December 2023: three letters and twelve digits.

    It stays valid until it expires, beside the holder's new number of 18 characters
    (``IdKind.FOREIGN_PERMANENT``). Refused in any other form (``document.format``); the rule of its check
    digit is not published.
    """

    value: str

    def __post_init__(self) -> None:
        if not _FORMS[self.kind].fullmatch(self.value):
            raise IdentifierRejected("document.format", self.kind.name)

    @property
    def kind(self) -> DocumentKind:
        """Always the foreign permanent resident card."""
        return DocumentKind.FOREIGN_PERMANENT

    @property
    def country(self) -> str:
        """Three letters of the country (GB/T 2659)."""
        return self.value[:3]

    @property
    def masked(self) -> str:
        """First and last two characters."""
        return mask_document(self.value)


def parse_document(kind: DocumentKind, text: str) -> Document | ForeignCard15:
    """Return the document whose number a person typed. Raises IdentifierRejected (``document.format``).

    The two digits that count how often a travel permit was renewed are taken off: the holder keeps the rest
    for life.
    """
    number = normalise(text)
    if kind is DocumentKind.FOREIGN_PERMANENT:
        return ForeignCard15(number)
    counter = _ISSUE_COUNTER.get(kind)
    renewed = counter.fullmatch(number) if counter else None
    return Document(kind, renewed[1] if renewed else number)
