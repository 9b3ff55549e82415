"""The pages of the account centre in every state."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from idp.portal.history import HistoryRow
from idp.web.page_values import ApplicationRow, DeviceRow, FieldError, LastSignIn, SessionRow
from tests.support.page_case import CATALOGUE, NOW, PageCase

DAY = timedelta(days=1)


def cases() -> Iterator[PageCase]:
    """Every page of this package."""
    yield from _home()
    yield from _security()
    yield from _devices()
    yield from _applications()
    yield from _history()


def _home() -> Iterator[PageCase]:
    full = {
        "name": "张*明",
        "level": 1,
        "last_sign_in": LastSignIn(NOW - DAY, "示范市", "Chrome"),
        "alerts": ["您的账户 11-22 09:41 在新设备登录。不是本人，结束它的登录并更改密码。"],
    }
    yield PageCase("home", "portal/home.html", full, True)
    first = full | {"last_sign_in": None, "alerts": [], "level": 0}
    yield PageCase("home-empty", "portal/home.html", first, True)


def _security() -> Iterator[PageCase]:
    values: dict[str, Any] = {
        "mobile": "138******78",
        "done": None,
        "password_url": "/account/security/password",
        "passkeys": 2,
        "has_ukeys": True,
        "certificates": 1,
        "has_app": True,
        "codes": 9,
        "is_second_step": True,
    }
    yield PageCase("security", "portal/security.html", values, True)
    bare = {
        "mobile": None,
        "passkeys": 0,
        "certificates": 0,
        "has_app": False,
        "codes": 0,
        "is_second_step": False,
    }
    for done in ("password", "app", "app_removed", "second_step", "certificate", "certificate_removed"):
        said = {"done": CATALOGUE.text(f"methods.done.{done}", "zh-CN")}
        yield PageCase(f"security-{done}", "portal/security.html", values | bare | said, True)
    form = {"action": "/account/security/password", "errors": [], "back_url": "/account/security"}
    yield PageCase("password", "portal/password.html", form, True)
    short = [FieldError("password", CATALOGUE.text("password.short", "zh-CN"))]
    yield PageCase("password-short", "portal/password.html", form | {"errors": short}, True)


def _devices() -> Iterator[PageCase]:
    here = SessionRow("s1", "Chrome，Windows", "示范市", NOW - timedelta(hours=2), NOW, is_current=True)
    there = SessionRow("s2", "微信，Android", "样板市", NOW - 3 * DAY, NOW - DAY, is_current=False)
    end = "/account/sessions/end"
    phone = DeviceRow("d1", "微信 · Android", "198.51.100.0/24", NOW - 90 * DAY, NOW - DAY, is_trusted=True)
    desk = DeviceRow("d2", "Chrome · Windows", "192.0.2.0/24", NOW - 9 * DAY, NOW, is_trusted=False)
    many = {
        "devices": [desk, phone],
        "forget_action": "/account/devices/forget",
        "sessions": [here, there],
        "end_session_action": end,
        "end_others_action": "/account/sessions/end-others",
    }
    yield PageCase("devices", "portal/devices.html", many, True)
    none = {"sessions": [], "end_session_action": end, "end_others_action": None, "devices": []}
    none |= {"forget_action": "/account/devices/forget"}
    yield PageCase("devices-empty", "portal/devices.html", none, True)
    fixed = {"action": "/account/confirm", "handle": "s2", "back_url": "/account"}
    subjects = {"end_session": "微信，Android", "end_others": "3", "withdraw": "公积金查询"}
    for act, subject in subjects.items():
        values = fixed | {"act": act, "subject": subject}
        yield PageCase(f"confirm-{act}", "portal/confirm.html", values, True)


def _applications() -> Iterator[PageCase]:
    used = ApplicationRow(
        "a1", "公积金查询", "示范省住房公积金管理中心", ["姓名", "身份证号码"], NOW - 90 * DAY, NOW
    )
    unused = ApplicationRow("a2", "不动产登记", "示范省自然资源厅", ["姓名"], NOW - 400 * DAY, None)
    action = {"withdraw_action": "/account/applications/withdraw"}
    yield PageCase(
        "applications", "portal/applications.html", action | {"applications": [used, unused]}, True
    )
    yield PageCase("applications-empty", "portal/applications.html", action | {"applications": []}, True)


def _history() -> Iterator[PageCase]:
    done = HistoryRow("12", NOW, True, "已登录", "密码登录", "公积金查询", "Chrome · Windows", "192.0.2.0/24")
    refused = HistoryRow(
        "11", NOW - DAY, False, "密码不正确", "密码登录", "账户中心", "? · ?", "198.51.100.0/24", "7H2K-93QF"
    )
    fixed = {"days": 180, "report_action": "/account/history/report"}
    full = fixed | {"chosen": "", "rows": [done, refused], "older": 8}
    yield PageCase("history", "portal/history.html", full, True)
    empty = fixed | {"chosen": "refused", "rows": [], "older": None}
    yield PageCase("history-empty", "portal/history.html", empty, True)
