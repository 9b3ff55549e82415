"""Citizen ID numbers: the vectors, the check character, the age and the old 15 digits."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.id_number import IdKind, IdNumber, from_15, parse_id_number
from tests.support.synthetic import TODAY, id_numbers, synthetic_id_number

VECTORS = Path(__file__).parents[2] / "vectors" / "id_numbers"
VALID: list[dict[str, Any]] = json.loads((VECTORS / "valid.json").read_text("utf-8"))["numbers"]
REFUSED: list[dict[str, Any]] = json.loads((VECTORS / "refused.json").read_text("utf-8"))["numbers"]


@pytest.mark.clause("GB 11643-1999", "structure")
@pytest.mark.parametrize("vector", VALID, ids=lambda vector: vector["note"])
def test_valid_number_is_read_in_all_its_parts(vector: dict[str, Any]) -> None:
    """Every valid vector gives its stored form, card, place, birth date and sex."""
    number = parse_id_number(vector["input"], TODAY)
    assert number.value == vector["value"]
    assert number.kind == vector["kind"]
    assert number.region.value == vector["region"]
    assert number.birth_date == date.fromisoformat(vector["birth_date"])
    assert number.sex == vector["sex"]
    assert number.is_from_15 is vector["is_from_15"]
    assert number.country == vector.get("country")


@pytest.mark.clause("GB 11643-1999", "structure")
@pytest.mark.parametrize("vector", REFUSED, ids=lambda vector: vector["note"])
def test_wrong_number_is_refused_with_the_code_of_its_wording(vector: dict[str, Any]) -> None:
    """Every other text is refused, and the refusal repeats nothing of it."""
    with pytest.raises(IdentifierRejected) as refusal:
        parse_id_number(vector["input"], TODAY)
    assert refusal.value.code == vector["code"]
    assert not any(character.isdigit() for character in refusal.value.detail.replace("18 characters", ""))


@pytest.mark.clause("GB 11643-1999", "check character")
@given(id_numbers(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_single_wrong_character_is_noticed(value: str, place: int, wrong: str) -> None:
    """One mistyped character never gives another valid number."""
    mistyped = value[:place] + wrong + value[place + 1 :]
    if mistyped != value:
        with pytest.raises(IdentifierRejected):
            parse_id_number(mistyped, TODAY)


@pytest.mark.clause("GB 11643-1999", "check character")
@given(id_numbers(), st.integers(0, 16))
def test_two_neighbours_interchanged_are_noticed(value: str, place: int) -> None:
    """Two characters typed in the wrong order never give another valid number."""
    swapped = value[:place] + value[place + 1] + value[place] + value[place + 2 :]
    if swapped != value:
        with pytest.raises(IdentifierRejected):
            parse_id_number(swapped, TODAY)


@given(id_numbers())
def test_stored_form_reads_as_the_same_number(value: str) -> None:
    """Reading what was stored gives an equal value."""
    number = parse_id_number(value, TODAY)
    assert parse_id_number(number.value, TODAY) == number == IdNumber(value)


@given(id_numbers())
def test_old_15_digits_are_the_same_person_as_the_18(value: str) -> None:
    """The old number equals the new one, also as a key."""
    old = parse_id_number(value[:6] + value[8:17], TODAY)
    new = parse_id_number(value, TODAY)
    assert old == new
    assert hash(old) == hash(new)
    assert old.is_from_15
    assert not new.is_from_15


@pytest.mark.parametrize("sequence", ["996", "997", "998", "999"])
def test_last_four_sequences_of_the_old_form_mean_the_century_before(sequence: str) -> None:
    """They were kept for people born before 1900; 995 was not."""
    assert from_15(f"140199991231{sequence}").birth_date == date(1899, 12, 31)
    assert from_15("140199991231995").birth_date == date(1999, 12, 31)


def test_old_form_is_read_only_from_15_digits() -> None:
    """18 characters, letters or nothing are no number of the old form."""
    for text in ("140100190002280015", "14010000022800X", ""):
        with pytest.raises(IdentifierRejected) as refusal:
            from_15(text)
        assert refusal.value.code == "id.format"


@pytest.mark.parametrize(
    ("birth", "accepted"),
    [
        (date(2026, 11, 23), True),
        (date(2026, 11, 24), False),
        (date(1875, 11, 24), True),
        (date(1875, 11, 23), False),
    ],
)
def test_birth_is_from_today_back_to_150_full_years(birth: date, accepted: bool) -> None:
    """A child born today is accepted, tomorrow's refused; so is a 151st birthday."""
    value = synthetic_id_number(birth=birth)
    if accepted:
        assert parse_id_number(value, TODAY).birth_date == birth
    else:
        with pytest.raises(IdentifierRejected) as refusal:
            parse_id_number(value, TODAY)
        assert refusal.value.code == "id.check"


def test_person_born_on_leap_day_is_read_in_a_common_year() -> None:
    """29 February is a birth date like any other on a day that does not exist in its own year."""
    value = synthetic_id_number(birth=date(1904, 2, 29))
    assert parse_id_number(value, date(2027, 2, 28)).birth_date == date(1904, 2, 29)


def test_constructor_makes_no_invalid_number() -> None:
    """A value that exists is valid, whatever way it was made."""
    for text in ("", "140100190002280010", "140105190002290012", "14010019000310008x", " 140100190002280015"):
        with pytest.raises(IdentifierRejected):
            IdNumber(text)


def test_codes_of_cards_are_those_of_the_public_security_list() -> None:
    """Other systems read these codes from the claims."""
    assert {kind.name: kind.value for kind in IdKind} == {
        "RESIDENT": "111",
        "HMT_RESIDENCE": "154",
        "FOREIGN_PERMANENT": "553",
    }
