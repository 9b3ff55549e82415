"""Names: what is kept, what is settled, what is refused, what compares equal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.person_name import LONGEST, PersonName, parse_person_name
from tests.support.synthetic import person_names

KEPT = [
    "张三",
    "欧阳测试",
    "〇一",
    "\U00020bb7测",
    "\U00030edd样",
    "\U000323b0样",
    "䶮样",
    "葛\U000e0100样",
    "阿依古丽·买买提",
    "བསྟན་འཛིན".replace("་", " "),
    "ᠪᠠᠲᠤ",
    "ئابلىز",
    "José Nô",
    "Jean-Luc O'Test",
    "O’Test",
    "J. R. Sample Jr.",
    "J.-P. Sample",
    "测",
]

REFUSED = {
    "nothing": "",
    "space": "　",
    "digit": "张3",
    "full-width digit": "张３",
    "arabic digit": "张٣",
    "circled digit": "张①",
    "superscript digit": "张²",
    "roman numeral": "张Ⅲ",
    "superscript letter": "张ⁿ",
    "mathematical letter": "𝐀da",
    "circled letter": "Ⓐda",
    "nul": "张\u0000三",
    "line feed": "张\n三",
    "trailing line feed": "张三\n",
    "tab": "张\t三",
    "right-to-left override": "张\u202e三",
    "isolate": "\u2066张三\u2069",
    "zero-width space": "张\u200b三",
    "zero-width joiner": "张\u200d三",
    "byte order mark": "\ufeff张三",
    "soft hyphen": "Sam\u00adple",
    "hangul filler": "\u3164",
    "grapheme joiner": "张\u034f三",
    "private use": "张\ue000",
    "supplementary private use": "张\U000f0000",
    "surrogate": "张\ud842",
    "noncharacter": "张\U0002ffff",
    "unassigned": "张\u0378",
    "emoji": "张😀",
    "only a mark": "\u0301",
    "too many marks": "Z" + "\u0335" * 5,
    "markup": "<b>张三</b>",
    "quote": 'Sam"ple',
    "semicolon": "张;三",
    "only a dot": "·",
    "only a stop": ".",
    "dot first": "·买买提",
    "dot last": "阿依古丽·",
    "two dots": "阿依古丽··买买提",
    "hyphen last": "Jean-",
    "apostrophe first": "'Test",
    "too long": "测" * 101,
    "very long": "测" * 10_000,
    "many spaces": "测" + " " * 10_000 + "试",
}


@pytest.mark.parametrize("name", KEPT)
def test_name_is_kept_as_it_stands_in_the_register(name: str) -> None:
    """Rare characters, minority scripts and Latin names come back unchanged."""
    assert parse_person_name(name).value == name


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_text_that_is_no_name_is_refused(text: str) -> None:
    """Digits, symbols, invisible and direction characters have no place in a name."""
    with pytest.raises(IdentifierRejected) as refusal:
        parse_person_name(text)
    assert refusal.value.code == "name.format"


@pytest.mark.parametrize("dot", "·•‧∙⋅⸱・ꞏ．･\u0387.")
def test_every_middle_dot_becomes_the_one_of_the_register(dot: str) -> None:
    """Eleven look-alikes and the stop between Han characters are the same dot, spaces around it do not count."""
    assert parse_person_name(f"阿依古丽{dot}买买提").value == "阿依古丽·买买提"
    assert parse_person_name(f"阿依古丽{dot}买买提") == PersonName("阿依古丽·买买提")


@pytest.mark.parametrize("typed", ["阿依古丽 · 买买提", " 阿依古丽• 买买提　"])
def test_spaces_around_the_dot_do_not_count(typed: str) -> None:
    """The dot alone separates the parts."""
    assert parse_person_name(typed).value == "阿依古丽·买买提"


def test_latin_name_has_single_spaces() -> None:
    """Runs of spaces of any kind become one, outer ones go."""
    assert parse_person_name("  Ada \u00a0　 Sample ").value == "Ada Sample"


def test_composed_and_decomposed_letters_are_one_name() -> None:
    """Names are stored in NFC."""
    assert parse_person_name("Jose\u0301").value == "Jos\u00e9"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ADA SAMPLE", "Ada Sample"),
        ("张 三", "张三"),
        ("张　三", "张三"),
        ("Ｓａｍｐｌｅ", "Sample"),
        ("O’Test", "O'Test"),
        ("Jean‐Luc", "Jean-Luc"),
        ("葛\U000e0100样", "葛样"),
        ("阿依古丽・买买提", "阿依古丽·买买提"),
    ],
)
def test_two_writings_of_one_name_compare_equal(one: str, other: str) -> None:
    """Case, width, spaces beside Han characters, variants of signs do not make another person."""
    assert parse_person_name(one).comparison == parse_person_name(other).comparison


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张三", "张叁"),
        ("Ada Sample", "Adas Ample"),
        ("阿依古丽·买买提", "阿依古丽买买提"),
        ("José", "Jose"),
        ("吴", "吳"),
    ],
)
def test_two_different_names_do_not_compare_equal(one: str, other: str) -> None:
    """Nothing is corrected: another character, accent or division is another name."""
    assert parse_person_name(one).comparison != parse_person_name(other).comparison


def test_longest_name_has_one_hundred_characters() -> None:
    """Supplementary characters count as one."""
    assert len(parse_person_name("\U00020bb7" * LONGEST).value) == 100


@given(person_names())
def test_synthetic_names_read_as_themselves(name: str) -> None:
    """A stored name reads as the same name."""
    assert parse_person_name(name).value == name


@given(st.text(max_size=120) | st.text("张吴·•.'- ’aÉ\u0301　", max_size=12))
def test_any_text_is_a_canonical_name_or_a_refusal(text: str) -> None:
    """What is accepted is in NFC, reads as itself, and holds no control, direction or number character."""
    try:
        name = parse_person_name(text)
    except IdentifierRejected as refusal:
        assert refusal.code == "name.format"
    else:
        assert parse_person_name(name.value) == name
        assert unicodedata.is_normalized("NFC", name.value)
        assert not {unicodedata.category(character) for character in name.value} & {
            "Cc",
            "Cf",
            "Cs",
            "Co",
            "Nd",
            "No",
        }


@pytest.mark.parametrize("value", ["Ada  Sample", " Ada", "阿依古丽•买买提", "Jose\u0301"])
def test_constructor_takes_the_canonical_form_only(value: str) -> None:
    """A value that exists is canonical, whatever way it was made."""
    with pytest.raises(IdentifierRejected):
        PersonName(value)
