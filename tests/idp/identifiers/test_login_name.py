"""The one box of the sign-in page, and the mobile numbers typed into it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.id_number import IdNumber
from idp.identifiers.login_name import detect
from idp.identifiers.mobile import Mobile, parse_mobile
from tests.support.synthetic import TODAY, id_numbers, mobiles

NOT_A_NUMBER = [
    "1990000000",
    "199000000010",
    "12900000001",
    "29900000001",
    "+8519900000001",
    "8619900000001186",
    "+19900000001",
    "0119900000001",
    "(+86)19900000001",
    "1990000000①",
    "1990000000¹",
    "١٩٩٠٠٠٠٠٠٠١",
    "१९९०००००००१",
    "19900000001\u0000",
    "19900000001\n",
    "19900000001😀",
    "\u202d19900000001\u202c",
    "zhangsan",
    "张三",
    "' OR 1=1 --",
    "<script>",
    "\ud800",
]


@pytest.mark.parametrize(
    "typed",
    [
        "19900000001",
        "+8619900000001",
        "008619900000001",
        "8619900000001",
        "+86 199-0000-0001",
        "１９９　００００　０００１",
    ],
)
def test_mobile_number_is_found_with_and_without_country_prefix(typed: str) -> None:
    """All ways of writing give the same eleven digits, in the box too."""
    assert parse_mobile(typed).value == "19900000001"
    assert detect(typed, TODAY) == Mobile("19900000001")


@pytest.mark.parametrize("typed", NOT_A_NUMBER)
def test_other_text_is_refused_as_a_matter_of_form(typed: str) -> None:
    """Neither box nor mobile parser takes anything but ASCII and full-width digits of the right number."""
    with pytest.raises(IdentifierRejected) as refusal:
        parse_mobile(typed)
    assert refusal.value.code == "mobile.format"
    with pytest.raises(IdentifierRejected) as refusal:
        detect(typed, TODAY)
    assert refusal.value.code == "id.format"


@pytest.mark.parametrize("typed", ["", " ", "　", " - ", "\u00a0"])
def test_empty_box_has_its_own_wording(typed: str) -> None:
    """Nothing but spaces counts as nothing."""
    with pytest.raises(IdentifierRejected) as refusal:
        detect(typed, TODAY)
    assert refusal.value.code == "id.empty"


@pytest.mark.parametrize("typed", ["140100190002280010", "140105190002290012", "140100000230001"])
def test_number_with_a_slip_has_its_own_wording(typed: str) -> None:
    """A text in the form of an ID number that is none asks to check the number, not its length."""
    with pytest.raises(IdentifierRejected) as refusal:
        detect(typed, TODAY)
    assert refusal.value.code == "id.check"


@given(id_numbers())
def test_id_number_is_found_in_both_its_forms(value: str) -> None:
    """18 characters and 15 digits are taken for ID numbers, never for telephone numbers."""
    assert detect(value, TODAY) == IdNumber(value) == detect(value[:6] + value[8:17], TODAY)


@given(mobiles())
def test_mobile_number_is_never_taken_for_an_id_number(value: str) -> None:
    """Not even with the prefix that makes it 15 digits long."""
    assert detect(f"0086{value}", TODAY) == parse_mobile(value) == Mobile(value)


@given(st.text(max_size=40))
def test_any_text_is_a_value_or_a_refusal(text: str) -> None:
    """No text makes the box fail in another way."""
    try:
        found = detect(text, TODAY)
    except IdentifierRejected as refusal:
        assert refusal.code in {"id.empty", "id.format", "id.check"}
    else:
        assert detect(found.value, TODAY) == found


def test_mobile_value_has_no_prefix() -> None:
    """The constructor takes the stored form only."""
    with pytest.raises(IdentifierRejected):
        Mobile("+8619900000001")
