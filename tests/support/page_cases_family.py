"""The pages of guardianship and family, in every state."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from idp.family.shown import Circle, FamilyRow
from idp.identifiers.capacity import Capacity
from idp.web.page_values import FieldError
from tests.support.page_case import CATALOGUE, NOW, PageCase

DAY = timedelta(days=1)
OFFER = FamilyRow("g1", "王*爷", Capacity.FAMILY, ["社会保险登记"], NOW, NOW + 300 * DAY, "invited", None)
CHILD = FamilyRow(
    "g2",
    "王*乐",
    Capacity.GUARDIAN,
    [],
    NOW - 900 * DAY,
    NOW + 20 * DAY,
    "active",
    NOW - DAY,
    (18, NOW + 20 * DAY),
)
HELPER = replace(OFFER, id="g3", who="199******01")
OVER = replace(OFFER, id="g4", who="李*", state="ended")


def cases() -> Iterator[PageCase]:
    """Every page of this package."""
    page: dict[str, Any] = {
        "circle": Circle([], [], [], []),
        "refused": None,
        "answer_action": "/account/family/answer",
        "end_action": "/account/family/end",
    }
    full = Circle([OFFER], [CHILD, replace(OFFER, id="g5", state="active")], [HELPER, CHILD], [OVER])
    yield PageCase("family-empty", "family/overview.html", page, True)
    yield PageCase("family-full", "family/overview.html", page | {"circle": full}, True)
    refused = CATALOGUE.text("delegation.refused.over", "zh-CN")
    yield PageCase("family-refused", "family/overview.html", page | {"refused": refused}, True)
    yield PageCase("family-end", "family/end.html", {"row": CHILD, "action": "/account/family/end"}, True)
    yield PageCase(
        "family-withdraw", "family/end.html", {"row": HELPER, "action": "/account/family/end"}, True
    )
    invite: dict[str, Any] = {
        "who": "",
        "ends": "2027-11-23",
        "scope": "chosen",
        "matters": [("SI-001", "社会保险登记", False), ("TAX-001", "纳税申报", True)],
        "mark": "matter-",
        "errors": [],
        "refused": None,
        "action": "/account/family/invite",
        "back_url": "/account/family",
    }
    yield PageCase("family-invite", "family/invite.html", invite, True)
    wrong = [
        FieldError("who", CATALOGUE.text("mobile.format", "zh-CN")),
        FieldError("matters", CATALOGUE.text("invite.no_matters", "zh-CN")),
        FieldError("ends", CATALOGUE.text("invite.day", "zh-CN")),
    ]
    yield PageCase(
        "family-invite-wrong",
        "family/invite.html",
        invite | {"errors": wrong, "matters": [], "who": "123"},
        True,
    )
    child: dict[str, Any] = {
        "name": "",
        "id_number": "",
        "errors": [],
        "refused": None,
        "action": "/account/family/child",
        "back_url": "/account/family",
    }
    yield PageCase("family-child", "family/child.html", child, True)
    bad = [FieldError("id_number", CATALOGUE.text("id.check", "zh-CN"))]
    review = CATALOGUE.text("delegation.refused.review", "zh-CN")
    yield PageCase(
        "family-child-wrong", "family/child.html", child | {"errors": bad, "refused": review}, True
    )
