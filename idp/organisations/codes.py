"""Which identifier of an organisation somebody typed: the unified code or an older one (china.md §5.4–5.6)."""

from dataclasses import dataclass
from datetime import date

from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.normalise import normalise
from idp.identifiers.organisation_code import parse_organisation_code
from idp.identifiers.registration_number import parse_registration_number
from idp.identifiers.tax_number import TaxKind, parse_tax_number
from idp.identifiers.uscc import parse_uscc
from idp.organisations.models import IdentifierKind

USCC_LENGTH = 18


@dataclass(frozen=True, slots=True, repr=False)
class TypedCode:
    """One reading of what was typed; `kind` None is the unified code. `is_personal`: it holds a person's number."""

    kind: IdentifierKind | None
    value: str
    is_personal: bool = False

    def __repr__(self) -> str:
        return f"TypedCode({self.kind})"


def readings(text: str, today: date) -> list[TypedCode]:
    """Every reading of a code as typed, likeliest first. Raises IdentifierRejected with the reason of the likeliest form.

    Fifteen digits may be a registration number and a tax number at once: both are looked up.
    """
    plain = normalise(text)
    if len(plain) == USCC_LENGTH:
        return [TypedCode(None, parse_uscc(plain).value)]
    found, refused = [], []
    for read in (_organisation_code, _registration_number, _tax_number):
        try:
            found.append(read(plain, today))
        except IdentifierRejected as error:
            refused.append(error)
    if not found:
        raise next((error for error in refused if error.code.endswith(".check")), _no_form())
    return found


def typed(kind: IdentifierKind, text: str, today: date) -> TypedCode:
    """What was typed as an identifier of this kind. Raises IdentifierRejected."""
    plain = normalise(text)
    if kind is IdentifierKind.ORGANISATION_CODE:
        return _organisation_code(plain, today)
    if kind is IdentifierKind.REGISTRATION_NUMBER:
        return _registration_number(plain, today)
    if kind is IdentifierKind.TAX_NUMBER:
        return _tax_number(plain, today)
    if not plain or len(plain) > 64:
        raise IdentifierRejected("certificate.format", "1 to 64 characters")
    return TypedCode(kind, plain)


def _organisation_code(plain: str, _today: date) -> TypedCode:
    return TypedCode(IdentifierKind.ORGANISATION_CODE, parse_organisation_code(plain).value)


def _registration_number(plain: str, _today: date) -> TypedCode:
    number = parse_registration_number(plain)
    return TypedCode(IdentifierKind.REGISTRATION_NUMBER, number.value)


def _tax_number(plain: str, today: date) -> TypedCode:
    number = parse_tax_number(plain, today)
    if number.kind is TaxKind.USCC:
        raise IdentifierRejected("tax.format", "a unified code, not an old tax number")
    return TypedCode(IdentifierKind.TAX_NUMBER, number.value, number.is_personal_data)


def _no_form() -> IdentifierRejected:
    return IdentifierRejected("uscc.format", "no code of an organisation has this form")
