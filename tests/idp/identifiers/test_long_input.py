"""Very long text is refused at a cost that grows no faster than its length."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from idp.identifiers.document import DocumentKind, parse_document
from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.id_number import parse_id_number
from idp.identifiers.login_name import detect
from idp.identifiers.mobile import parse_mobile
from idp.identifiers.organisation_code import parse_organisation_code
from idp.identifiers.person_name import parse_person_name
from idp.identifiers.region import parse_region
from idp.identifiers.registration_number import parse_registration_number
from idp.identifiers.tax_number import parse_tax_number
from idp.identifiers.uscc import parse_uscc
from tests.support.synthetic import TODAY

PARSERS: dict[str, Callable[[str], object]] = {
    "id_number": lambda text: parse_id_number(text, TODAY),
    "login_name": lambda text: detect(text, TODAY),
    "tax_number": lambda text: parse_tax_number(text, TODAY),
    "mobile": parse_mobile,
    "uscc": parse_uscc,
    "organisation_code": parse_organisation_code,
    "registration_number": parse_registration_number,
    "region": parse_region,
    "person_name": parse_person_name,
    "passport": lambda text: parse_document(DocumentKind.PASSPORT, text),
}
LONG = 10_000
SHAPES = {
    "digits": "1" * LONG,
    "prefixes": "86" * LONG,
    "letters": "A" * LONG,
    "full-width": "１" * LONG,
    "spaces between": "1 " * LONG,
    "spaces around dots": "张 ·" * LONG,
    "marks": "a" + "\u0301\u0335" * LONG,
    "stops": "张." * LONG,
    "nul": "\0" * LONG,
    "emoji": "😀" * LONG,
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("parser", PARSERS)
def test_ten_thousand_characters_are_refused_in_as_many_steps_as_one_thousand(
    parser: str, shape: str
) -> None:
    """The lines executed do not grow with the text: what looks at every character is a single C call."""
    text = SHAPES[shape]
    assert lines_executed(PARSERS[parser], text) == lines_executed(PARSERS[parser], text[: len(text) // 10])


@pytest.mark.parametrize("parser", PARSERS)
def test_a_million_characters_are_refused(parser: str) -> None:
    """Backtracking or quadratic work would not come back from this."""
    for text in ("1" * 1_000_000, "86" * 500_000, "A1" * 500_000, "张 ·" * 300_000):
        with pytest.raises(IdentifierRejected):
            PARSERS[parser](text)


def lines_executed(parse: Callable[[str], object], text: str) -> int:
    """Count the lines of the package that a refusal takes; what the test runner does meanwhile is left out."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        if frame.f_globals.get("__name__", "").startswith("idp.identifiers."):
            count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        parse(text)
    except IdentifierRejected:
        return count
    finally:
        sys.settrace(before)
    raise AssertionError("accepted")
