"""Nothing prints clear text: the masks, and every way of formatting a value."""

import copy
import dataclasses
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identifiers import masking
from idp.identifiers.document import Document, DocumentKind, ForeignCard15
from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.id_number import IdNumber, parse_id_number
from idp.identifiers.login_name import detect
from idp.identifiers.mobile import Mobile
from idp.identifiers.organisation_code import parse_organisation_code
from idp.identifiers.person_name import PersonName, parse_person_name
from idp.identifiers.registration_number import RegistrationNumber, parse_registration_number
from idp.identifiers.shown import Shown
from idp.identifiers.tax_number import TaxNumber, parse_tax_number
from idp.identifiers.uscc import Uscc, parse_uscc
from tests.support.synthetic import TODAY, id_numbers, mobiles, person_names

PERSONAL: list[tuple[Any, str]] = [
    (IdNumber("14010019000310008X"), "140*************8X"),
    (Mobile("19900000001"), "199******01"),
    (PersonName("测试"), "测*"),
    (Document(DocumentKind.PASSPORT, "E12345678"), "E******78"),
    (ForeignCard15("USA140000000012"), "U************12"),
    (Uscc("92140100MA0T000117"), "921*************17"),
    (RegistrationNumber("140100600000017"), "140**********17"),
    (RegistrationNumber("1401002000001"), "140********01"),
    (TaxNumber("14010019000228001500"), "140***************00"),
    (TaxNumber("92140100MA0T000117"), "921*************17"),
]
PUBLIC: list[tuple[Any, str]] = [
    (Uscc("91140100MA0T00011A"), "91140100MA0T00011A"),
    (parse_organisation_code("D2143569-X"), "D2143569X"),
    (RegistrationNumber("140100200000018"), "140100200000018"),
    (TaxNumber("14010078901234X"), "14010078901234X"),
]

FORMATTINGS: list[Callable[[Any], str]] = [
    str,
    repr,
    ascii,
    lambda value: f"{value}",
    lambda value: f"{value!r:>60}",
    lambda value: f"{value:>60}",
    lambda value: "%s %r" % (value, value),  # noqa: UP031 -- log calls format in this way
    lambda value: str([value]) + str({value: value}),
    lambda value: logging.LogRecord("n", 20, "p", 1, "%s %r", (value, value), None).getMessage(),
]


@pytest.mark.parametrize(("value", "shown"), PERSONAL + PUBLIC, ids=repr)
def test_value_prints_in_its_mask(value: Any, shown: str) -> None:
    """The page shows this and nothing more."""
    assert str(value) == value.masked == shown
    assert repr(value) == f"{type(value).__name__}({shown})"


@pytest.mark.parametrize("formatting", FORMATTINGS)
@pytest.mark.parametrize(("value", "shown"), PERSONAL, ids=repr)
def test_no_formatting_gives_the_clear_text(value: Any, shown: str, formatting: Callable[[Any], str]) -> None:
    """A value that slips into a log, a message or a traceback stays masked."""
    assert value.value not in formatting(value)


@pytest.mark.parametrize(("value", "shown"), PERSONAL + PUBLIC, ids=repr)
def test_value_is_immutable_hashable_and_without_room_for_more(value: Any, shown: str) -> None:
    """Nobody changes an identifier that was checked, and copies stay equal."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.value = "140100190002280015"
    assert not hasattr(value, "__dict__")
    assert {value} == {copy.deepcopy(value)} == {pickle.loads(pickle.dumps(value))}  # noqa: S301 -- own bytes


def test_base_of_all_values_has_no_mask_of_its_own() -> None:
    """A type that forgets its mask fails instead of printing its fields."""
    with pytest.raises(NotImplementedError):
        str(Shown())


CANARY = "140100190002280010"


@pytest.mark.parametrize(
    "parse",
    [
        lambda text: parse_id_number(text, TODAY),
        lambda text: detect(text, TODAY),
        lambda text: parse_tax_number(text + "00", TODAY),
        parse_uscc,
        parse_registration_number,
        parse_person_name,
        Mobile,
    ],
)
def test_refusal_does_not_repeat_what_was_typed(parse: Callable[[str], object]) -> None:
    """Neither code, detail, values nor a chained error hold the text."""
    with pytest.raises(IdentifierRejected) as refusal:
        parse(CANARY)
    error: BaseException | None = refusal.value
    assert CANARY[:6] not in repr(vars(error))
    while error is not None:
        assert CANARY[:6] not in f"{error!r}{error}"
        error = error.__cause__ or error.__context__


@given(id_numbers())
def test_masked_id_number_hides_birth_date_and_sequence(value: str) -> None:
    """Three leading and two last characters are all that is left."""
    shown = masking.mask_id_number(value)
    assert shown == f"{value[:3]}{'*' * 13}{value[16:]}"


@given(mobiles())
def test_masked_mobile_hides_six_digits(value: str) -> None:
    """Three leading and two last digits are all that is left."""
    assert masking.mask_mobile(value) == f"{value[:3]}******{value[9:]}"


@pytest.mark.parametrize("mask", [masking.mask_id_number, masking.mask_mobile, masking.mask_document])
@given(text=st.text("0123456789", max_size=30))
def test_number_mask_hides_more_than_it_shows(mask: Callable[[str], str], text: str) -> None:
    """Short text is hidden whole, so that a mask can never be the clear text."""
    shown = mask(text)
    assert len(shown) == len(text)
    assert not text or shown.count("*") > len(text) / 2


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("欧阳测试", "欧*"),
        ("\U00020bb7测", "\U00020bb7*"),
        ("葛\U000e0100样", "葛\U000e0100*"),
        ("阿依古丽·买买提", "阿*·*"),
        ("阿·买·提", "阿*·*"),
        ("Ada Sample", "A* *"),
        ("Ada B. C. Sample", "A* *"),
        ("测", "*"),
        ("葛\U000e0100", "*"),
    ],
)
def test_masked_name_shows_its_first_character_only(name: str, shown: str) -> None:
    """A name of one character is hidden whole; the number of characters is hidden too."""
    assert masking.mask_name(name) == shown


@given(person_names())
def test_masked_name_is_never_the_name(name: str) -> None:
    """Whatever the name, only its first character is left of its letters."""
    assert len([character for character in masking.mask_name(name) if character.isalpha()]) == 1


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("203.0.113.77, 10.0.0.1", "*"),
        ("", "*"),
    ],
)
def test_masked_address_is_its_network(address: str, shown: str) -> None:
    """The host part is gone, also of an IPv4 address in IPv6 clothes; other text is not repeated."""
    assert masking.mask_ip(address) == shown
