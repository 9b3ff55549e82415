"""SEC-41: one person, one canonical number: other spellings reach the same account, the same count, or nobody."""

import pytest

from tests.support.at_once import at_once
from tests.support.factories import MadePerson
from tests.support.journey import Browser
from tests.support.provider import Provider
from tests.support.synthetic import synthetic_id_number

pytestmark = pytest.mark.sec("SEC-41")
WRONG = "not the password"


def ending_in_x() -> str:
    """A synthetic number whose check character is X."""
    return next(one for one in map(synthetic_id_number, range(1, 999)) if one.endswith("X"))


def fullwidth(text: str) -> str:
    """The same characters as an input method writes them."""
    return "".join(chr(ord(letter) + 0xFEE0) for letter in text)


SAME = {
    "capital": lambda number: number,
    "small": lambda number: number.lower(),
    "fullwidth": fullwidth,
    "spaced": lambda number: f" {number[:6]} {number[6:14]} {number[14:]} ",
    "hyphens": lambda number: f"{number[:6]}-{number[6:14]}-{number[14:]}",
}
NOBODY = {
    "cyrillic": lambda number: number[:-1] + "\u0425",
    "greek": lambda number: number[:-1] + "\u03a7",
    "multiplication sign": lambda number: number[:-1] + "\u00d7",
    "roman numeral": lambda number: number[:-1] + "\u2169\u2169",
    "arabic-indic digits": lambda number: "".join(
        chr(0x660 + int(one)) if one.isdigit() else one for one in number
    ),
    "zero width": lambda number: number[:3] + "\u200b\u200b" + number[3:],
    "two letters": lambda number: number + "X",
    "null": lambda number: number + "\x00",
}


def _typed(provider: Provider, person: MadePerson, identifier: str, password: str) -> Browser:
    return Browser(provider).open("/login").submit(identifier=identifier, password=password)


@pytest.mark.parametrize("name", SAME)
def test_spellings_of_one_number_reach_its_account(provider: Provider, name: str) -> None:
    """What an input method or habit makes of a number is that number."""
    person = provider.make.person(id_number=ending_in_x())
    browser = _typed(provider, person, SAME[name](person.id_number), person.password)
    assert browser.path == "/account"


@pytest.mark.parametrize("name", NOBODY)
def test_what_only_looks_alike_reaches_nobody(provider: Provider, name: str) -> None:
    """The right password does not help: no other number is folded into this one."""
    person = provider.make.person(id_number=ending_in_x())
    browser = _typed(provider, person, NOBODY[name](person.id_number), person.password)
    assert browser.path == "/login" and browser.cookie("yh_session") is None


def test_spellings_share_one_count(any_provider: Provider) -> None:
    """Five misses in five spellings are five misses: the sixth try is refused unread."""
    person = any_provider.make.person(id_number=ending_in_x())
    for spell in SAME.values():
        _typed(any_provider, person, spell(person.id_number), WRONG)
    browser = _typed(any_provider, person, person.id_number, person.password)
    assert "暂停" in browser.page and browser.cookie("yh_session") is None


def test_of_two_accounts_made_at_once_for_a_number_one_stands(any_provider: Provider) -> None:
    """The database alone decides; the number never opens two accounts."""
    number = ending_in_x()
    made = at_once([lambda: any_provider.make.person(id_number=number)] * 4)
    assert sum(isinstance(one, MadePerson) for one in made) == 1
