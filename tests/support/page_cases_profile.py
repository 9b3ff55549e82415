"""The pages of profile and closing, in every state."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from idp.portal.profile import ShownChange, ShownDocument
from idp.web.page_values import FieldError
from tests.support.page_case import CATALOGUE, NOW, PageCase

DAY = timedelta(days=1)
DOCUMENTS = [
    ShownDocument("居民身份证", "140***********15", "main", "公安人口库", NOW - 90 * DAY, None),
    ShownDocument("护照", "E1*****01", "also", "工作人员办理", NOW - 60 * DAY, NOW + 900 * DAY),
    ShownDocument("居民身份证", "140***********2X", "former", "注册时填写并核对", NOW - 900 * DAY, None),
]
CHANGES = [
    ShownChange(NOW - 90 * DAY, "姓名变更", "王**", "公安人口库"),
    ShownChange(NOW - 91 * DAY, "增加证件", "", "工作人员办理"),
]


def cases() -> Iterator[PageCase]:
    """Every page of this package."""
    profile: dict[str, Any] = {
        "name": "王**",
        "name_source": "公安人口库",
        "level": 2,
        "mobile": "138******78",
        "mobile_since": NOW - DAY,
        "documents": DOCUMENTS,
        "changes": CHANGES,
        "is_changed": False,
    }
    yield PageCase("profile", "portal/profile.html", profile, True)
    bare = {
        "mobile": None,
        "mobile_since": None,
        "changes": [],
        "documents": DOCUMENTS[:1],
        "is_changed": True,
    }
    yield PageCase("profile-bare", "portal/profile.html", profile | bare, True)
    mobile: dict[str, Any] = {
        "challenge": None,
        "masked": "",
        "mobile": "",
        "errors": [],
        "action": "/account/profile/mobile",
        "back_url": "/account/profile",
    }
    yield PageCase("mobile", "portal/mobile.html", mobile, True)
    wrong = [FieldError("mobile", CATALOGUE.text("profile.same_mobile", "zh-CN"))]
    yield PageCase(
        "mobile-wrong", "portal/mobile.html", mobile | {"mobile": "13800005678", "errors": wrong}, True
    )
    code = mobile | {"challenge": "c1", "masked": "199******01"}
    yield PageCase("mobile-code", "portal/mobile.html", code, True)
    bad = [FieldError("code", CATALOGUE.text("code.bad", "zh-CN"))]
    yield PageCase("mobile-code-wrong", "portal/mobile.html", code | {"errors": bad}, True)
    yield from _closing()
    yield from _merging()


def _closing() -> Iterator[PageCase]:
    close: dict[str, Any] = {
        "blockers": [],
        "days": 15,
        "errors": [],
        "action": "/account/close",
        "back_url": "/account/profile",
    }
    yield PageCase("close", "portal/close.html", close, True)
    tick = [FieldError("confirm", CATALOGUE.text("close.tick", "zh-CN"))]
    yield PageCase("close-unticked", "portal/close.html", close | {"errors": tick}, True)
    blocked = {"blockers": [("o1", "示范科技有限公司"), ("o2", "样板商贸有限公司")]}
    yield PageCase("close-blocked", "portal/close.html", close | blocked, True)
    yield PageCase("closing", "portal/closing.html", {"closes_at": NOW + 15 * DAY})


def _merging() -> Iterator[PageCase]:
    merge: dict[str, Any] = {
        "identifier": "",
        "errors": [],
        "refused": None,
        "action": "/account/profile/merge",
        "back_url": "/account/profile",
    }
    yield PageCase("merge", "portal/merge.html", merge, True)
    unticked = [FieldError("confirm", CATALOGUE.text("merge.tick", "zh-CN"))]
    wrong = {"identifier": "13800005678", "errors": unticked}
    yield PageCase("merge-unticked", "portal/merge.html", merge | wrong, True)
    refused = {"refused": CATALOGUE.text("merge.refused.two_residents", "zh-CN")}
    yield PageCase("merge-refused", "portal/merge.html", merge | refused, True)
    for is_here in (True, False):
        yield PageCase(f"merged-{is_here:d}", "portal/merged.html", {"is_here": is_here})
