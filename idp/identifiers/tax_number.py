"""Taxpayer numbers before and with the unified code."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.id_number import IdNumber, from_15, require_plausible_birth
from idp.identifiers.masking import mask_id_number, mask_uscc
from idp.identifiers.normalise import normalise
from idp.identifiers.organisation_code import OrganisationCode
from idp.identifiers.shown import Shown
from idp.identifiers.uscc import Uscc

_FORM = re.compile("[0-9A-Z]{15}|[0-9A-Z]{18}|[0-9]{17}[0-9X][0-9]{2}")
_TAX_REGION = re.compile("[1-9][0-9]{5}")


class TaxKind(StrEnum):
    """The three forms, told by length."""

    ORGANISATION = "organisation"
    USCC = "uscc"
    SOLE_TRADER = "sole_trader"


_KINDS = {15: TaxKind.ORGANISATION, 18: TaxKind.USCC, 20: TaxKind.SOLE_TRADER}


@dataclass(frozen=True, slots=True, repr=False)
class TaxNumber(Shown):
    """A valid taxpayer number; refused otherwise (``tax.format``, ``tax.check``).

    15 characters: six digits of the tax office's region and the organisation code. 18: the unified code. 20:
    a sole trader's ID number with a counter, either 18 and 2 characters or, from the time of the old cards,
    15 and 5.
    """

    value: str

    def __post_init__(self) -> None:
        if not _FORM.fullmatch(self.value):
            raise IdentifierRejected("tax.format", "15, 18 or 20 characters")
        try:
            _check_inside(self.value, self.kind)
        except IdentifierRejected as inner:
            raise IdentifierRejected(f"tax.{inner.code.partition('.')[2]}", inner.detail) from None

    @property
    def kind(self) -> TaxKind:
        """The form, and with it the kind of taxpayer."""
        return _KINDS[len(self.value)]

    @property
    def is_personal_data(self) -> bool:
        """Whether it contains a person's ID number."""
        return self.kind is TaxKind.SOLE_TRADER

    @property
    def masked(self) -> str:
        """First three and last two characters for a sole trader, otherwise the number itself."""
        return mask_id_number(self.value) if self.is_personal_data else mask_uscc(self.value)


def parse_tax_number(text: str, today: date) -> TaxNumber:
    """Return the number that a person typed or a file holds; an ID number inside must also fit ``today``.

    Raises IdentifierRejected (``tax.format``, ``tax.check``).
    """
    number = TaxNumber(normalise(text))
    if number.is_personal_data:
        try:
            require_plausible_birth(_holder(number.value).birth_date, today)
        except IdentifierRejected as inner:
            raise IdentifierRejected("tax.check", inner.detail) from None
    return number


def _check_inside(value: str, kind: TaxKind) -> None:
    if kind is TaxKind.USCC:
        Uscc(value)
    elif kind is TaxKind.SOLE_TRADER:
        _holder(value)
    else:
        OrganisationCode(value[6:])
        if not _TAX_REGION.fullmatch(value[:6]):
            raise IdentifierRejected("tax.format", "region")


def _holder(value: str) -> IdNumber:
    """The person inside 20 characters; the form with 18 goes first, its check character tells it."""
    try:
        return IdNumber(value[:18])
    except IdentifierRejected:
        if "X" in value:
            raise
        return from_15(value[:15])
