"""What is needed to register a person: as typed, and as it is after every field has been parsed."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from idp.accounts.problems import Problem
from idp.identifiers.document import DocumentKind, parse_document
from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.id_number import IdKind, parse_id_number
from idp.identifiers.mobile import parse_mobile
from idp.identifiers.normalise import normalise
from idp.identifiers.person_name import parse_person_name

LEVELS: Final = range(4)
"""Real-name levels: 0 declared only, 1 two elements matched, 2 remote proof, 3 in person."""
LONGEST_NUMBER: Final = 64
LONGEST_PASSWORD: Final = 1024


@dataclass(frozen=True, slots=True, repr=False)
class NewPerson:
    """A person as typed. `id_kind` is a code of GA/T 2000.156; without it the number must be a card of 18 or 15."""

    id_number: str
    name: str
    mobile: str | None = None
    level: int = 0
    password: str | None = None
    id_kind: str | None = None

    def __repr__(self) -> str:
        return "NewPerson(…)"


@dataclass(frozen=True, slots=True, repr=False)
class ValidPerson:
    """A person whose every field is canonical: number of its kind, name, mobile of 11 digits or None."""

    id_kind: str
    id_number: str
    name: str
    mobile: str | None
    level: int
    password: str | None

    def __repr__(self) -> str:
        return "ValidPerson(…)"


def validate(new: NewPerson, today: date) -> ValidPerson | list[Problem]:
    """The person with canonical fields, or every problem there is, by field."""
    problems: list[Problem] = []
    kind = number = name = ""
    mobile = None
    try:
        kind, number = _number(new, today)
    except IdentifierRejected as error:
        problems.append(Problem("id_number", error.code))
    try:
        name = parse_person_name(new.name).value
    except IdentifierRejected as error:
        problems.append(Problem("name", error.code))
    try:
        mobile = parse_mobile(new.mobile[:LONGEST_NUMBER]).value if new.mobile else None
    except IdentifierRejected as error:
        problems.append(Problem("mobile", error.code))
    if new.level not in LEVELS:
        problems.append(Problem("level", "level.format"))
    if new.password is not None and (code := _password_fault(new.password)):
        problems.append(Problem("password", code))
    return problems or ValidPerson(kind, number, name, mobile, new.level, new.password)


def _number(new: NewPerson, today: date) -> tuple[str, str]:
    """Kind and canonical number. The old foreign card of 15 characters shares its code with the new one of 18."""
    text = new.id_number[:LONGEST_NUMBER]
    kind = new.id_kind
    if kind in set(DocumentKind) and not (kind == IdKind.FOREIGN_PERMANENT and len(normalise(text)) == 18):
        return kind, parse_document(DocumentKind(kind), text).value
    number = parse_id_number(text, today)
    if kind is not None and kind != number.kind:
        raise IdentifierRejected("id.kind", "another kind of document")
    return number.kind.value, number.value


def _password_fault(password: str) -> str | None:
    """The rules of `crypto.passwords`: length, and text that UTF-8 can carry (no lone surrogates)."""
    if not 0 < len(password) <= LONGEST_PASSWORD:
        return "password.length"
    return "password.not_text" if any("\ud800" <= each <= "\udfff" for each in password) else None
