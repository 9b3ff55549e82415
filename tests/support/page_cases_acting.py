"""The pages of choosing as whom one acts, in every state."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from idp.acting.views import Option
from idp.identifiers.capacity import Capacity
from idp.web.page_values import FieldError
from idp.web.render import ActingBar
from tests.support.page_case import APPLICATION, CATALOGUE, NOW, PageCase

DAY = timedelta(days=1)
FIRM = Option(
    "d1.",
    "示范科技有限公司",
    "91140100MA0T00011A",
    Capacity.LEGAL_REPRESENTATIVE,
    None,
    None,
    NOW - DAY,
    True,
)
CLIENT = Option(
    "d2.v1",
    "样板商贸有限公司",
    "91140100MA0T0002X2",
    Capacity.AGENT,
    "代理记账有限公司",
    NOW + DAY,
    None,
    False,
)
CHILD = Option("d3.", "王*乐", "", Capacity.GUARDIAN, None, NOW + 900 * DAY, None, False)


def cases() -> Iterator[PageCase]:
    """Every page of this package."""
    fixed: dict[str, Any] = {
        "application": APPLICATION,
        "name": "张*明",
        "with_self": True,
        "is_self_chosen": False,
        "options": [FIRM, CLIENT, CHILD],
        "more": 0,
        "search": None,
        "question": "q1",
        "action": "/acting/choose",
        "errors": [],
    }
    pick = [FieldError("as", CATALOGUE.text("acting.pick", "zh-CN"))]
    many = [replace(CLIENT, key=f"d{number}.", name=f"样板公司 {number}") for number in range(20)]
    states: dict[str, dict[str, Any]] = {
        "few": {},
        "none-picked": {"errors": pick, "options": [replace(FIRM, is_chosen=False)]},
        "many": {"options": many, "more": 31, "search": "样板"},
        "nothing-found": {"options": [], "search": "无", "with_self": False},
        "switch": {
            "question": None,
            "action": "/acting/switch",
            "application": None,
            "is_self_chosen": True,
            "options": [replace(FIRM, is_chosen=False)],
        },
    }
    for state, values in states.items():
        yield PageCase(f"acting-{state}", "acting/choose.html", fixed | values, True)
    home = {"name": "张*明", "level": 2, "last_sign_in": None, "alerts": []}
    bars = {
        "bar": ActingBar("示范科技有限公司", "agent", NOW + DAY),
        "bar-lost": ActingBar(None, "", None),
    }
    for state, bar in bars.items():
        yield PageCase(f"acting-{state}", "portal/home.html", home, True, bar)
