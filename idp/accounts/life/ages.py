"""How old somebody is, and what that means (PIPL 31, NAT-09)."""

from datetime import date

from idp.accounts.store import Person
from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.id_number import IdKind, IdNumber

OWN_ACCOUNT_FROM = 14
OF_AGE_FROM = 18


def born_on(person: Person) -> date | None:
    """The birth date that the number tells, or the one that was proved; None where nobody knows it."""
    if person.id_kind in set(IdKind):
        try:
            return IdNumber(person.id_number).birth_date
        except IdentifierRejected:
            return person.born
    return person.born


def age_on(born: date, day: date) -> int:
    """Whole years; who is born on 29 February has the birthday on 1 March in other years."""
    had_birthday = (day.month, day.day) >= (born.month, born.day)
    return day.year - born.year - (not had_birthday)


def birthday(born: date, years: int) -> date:
    """The day on which somebody becomes this old."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)
