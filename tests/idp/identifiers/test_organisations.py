"""Unified codes and the numbers that they replaced, by vectors and by damage."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.organisation_code import OrganisationCode, parse_organisation_code
from idp.identifiers.registration_number import RegistrationNumber, parse_registration_number
from idp.identifiers.tax_number import TaxNumber, parse_tax_number
from idp.identifiers.uscc import Uscc, parse_uscc
from tests.support.synthetic import (
    TODAY,
    USCC_ALPHABET,
    organisation_codes,
    registration_numbers,
    synthetic_id_number,
    usccs,
)

VECTORS = Path(__file__).parents[2] / "vectors" / "organisations"


def vectors(name: str, part: str) -> pytest.MarkDecorator:
    """Parametrise over one part of one vector file."""
    rows = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))[part]
    return pytest.mark.parametrize("vector", rows, ids=lambda vector: vector["note"])


@pytest.mark.clause("GB 32100-2015", "5")
@vectors("usccs", "valid")
def test_valid_uscc_is_read_in_all_its_parts(vector: dict[str, Any]) -> None:
    """Every valid vector gives department, category, region and subject code."""
    uscc = parse_uscc(vector["input"])
    assert uscc.value == vector.get("value", vector["input"])
    assert uscc.department == vector["department"]
    assert uscc.category == vector["category"]
    assert uscc.region.value == vector["region"]
    assert uscc.subject_code == vector["subject_code"]
    assert uscc.subject_code_consistent is vector["consistent"]
    assert uscc.is_sole_trader is (vector["department"] + vector["category"] == "92")


@pytest.mark.clause("GB 32100-2015", "5")
@vectors("usccs", "refused")
def test_wrong_uscc_is_refused_with_the_code_of_its_wording(vector: dict[str, Any]) -> None:
    """Charset and length are told apart from a wrong check character."""
    with pytest.raises(IdentifierRejected) as refusal:
        parse_uscc(vector["input"])
    assert refusal.value.code == vector["code"]


@pytest.mark.clause("GB 32100-2015", "5")
@given(usccs(), st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
def test_any_single_wrong_character_in_a_uscc_is_noticed(value: str, place: int, wrong: str) -> None:
    """One mistyped character never gives another organisation."""
    mistyped = value[:place] + wrong + value[place + 1 :]
    if mistyped != value:
        with pytest.raises(IdentifierRejected):
            parse_uscc(mistyped)


@given(usccs())
def test_stored_uscc_reads_as_the_same(value: str) -> None:
    """Reading what was stored gives an equal value, which is usable as a key."""
    assert {parse_uscc(value)} == {parse_uscc(parse_uscc(value).value), Uscc(value)}
    assert parse_uscc(value).subject_code_consistent


def test_old_codes_are_found_inside_the_uscc() -> None:
    """The conversion of old codes rests on these two places."""
    uscc = parse_uscc("9114010078901234XW")
    assert OrganisationCode(uscc.subject_code) == parse_organisation_code("78901234-X")
    assert TaxNumber(uscc.value[2:17]) == parse_tax_number("14010078901234X", TODAY)


@pytest.mark.clause("GB 11714-1997", "check character")
@vectors("organisation_codes", "valid")
def test_valid_organisation_code_is_stored_without_hyphen(vector: dict[str, Any]) -> None:
    """Both ways of writing give the same nine characters."""
    assert parse_organisation_code(vector["input"]).value == vector["value"]


@pytest.mark.clause("GB 11714-1997", "check character")
@vectors("organisation_codes", "refused")
def test_wrong_organisation_code_is_refused(vector: dict[str, Any]) -> None:
    """A wrong check character is told apart from a wrong form."""
    with pytest.raises(IdentifierRejected) as refusal:
        parse_organisation_code(vector["input"])
    assert refusal.value.code == vector["code"]


@given(organisation_codes(), st.integers(0, 8))
def test_neighbouring_character_in_an_organisation_code_is_noticed(value: str, place: int) -> None:
    """The next character in place of one is always noticed; letters eleven apart are the standard's own limit."""
    following = chr(ord(value[place]) + 1)
    if following.isalnum():
        with pytest.raises(IdentifierRejected):
            parse_organisation_code(value[:place] + following + value[place + 1 :])
    assert parse_organisation_code(value).value == value


@vectors("registration_numbers", "valid")
def test_valid_registration_number_tells_sole_traders(vector: dict[str, Any]) -> None:
    """The range of the sequence tells a sole trader where the number has 15 digits."""
    number = parse_registration_number(vector["input"])
    assert number.value == vector["input"]
    assert number.is_sole_trader is vector["sole_trader"]


@vectors("registration_numbers", "refused")
def test_wrong_registration_number_is_refused(vector: dict[str, Any]) -> None:
    """A wrong check digit is told apart from a wrong form."""
    with pytest.raises(IdentifierRejected) as refusal:
        parse_registration_number(vector["input"])
    assert refusal.value.code == vector["code"]


@given(registration_numbers(), st.integers(1, 14), st.sampled_from("0123456789"))
def test_any_single_wrong_digit_in_a_registration_number_is_noticed(
    value: str, place: int, wrong: str
) -> None:
    """One mistyped digit never gives another number."""
    mistyped = value[:place] + wrong + value[place + 1 :]
    if mistyped != value:
        with pytest.raises(IdentifierRejected):
            parse_registration_number(mistyped)
    assert RegistrationNumber(value).value == value


@vectors("tax_numbers", "valid")
def test_valid_tax_number_tells_its_kind_and_whether_it_holds_a_person(vector: dict[str, Any]) -> None:
    """A sole trader's number contains an ID number and is marked as personal data."""
    number = parse_tax_number(vector["input"], TODAY)
    assert number.value == vector["input"]
    assert number.kind == vector["kind"]
    assert number.is_personal_data is vector["personal"]


@vectors("tax_numbers", "refused")
def test_wrong_tax_number_is_refused_under_its_own_name(vector: dict[str, Any]) -> None:
    """Whatever is wrong inside, the refusal speaks of the tax number."""
    with pytest.raises(IdentifierRejected) as refusal:
        parse_tax_number(vector["input"], TODAY)
    assert refusal.value.code == vector["code"]


def test_tax_number_with_implausible_birth_is_refused_only_by_the_day() -> None:
    """A stored number of a person long dead can still be read, a typed one is checked against the day."""
    value = f"{synthetic_id_number()}00"
    assert parse_tax_number(value, TODAY) == TaxNumber(value)
    with pytest.raises(IdentifierRejected):
        parse_tax_number(value, TODAY.replace(year=2100))
