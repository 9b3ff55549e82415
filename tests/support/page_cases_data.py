"""The pages on a person's own data in every state."""

from collections.abc import Iterator
from datetime import timedelta

from idp.accounts.requests.service import ABOUT, MOST_WORDS
from idp.portal.asking import KINDS
from idp.portal.data import RequestLine
from idp.portal.sharing import ReleaseRow
from idp.web.page_values import FieldError
from tests.support.page_case import CATALOGUE, NOW, PageCase

DAY = timedelta(days=1)
NUMBER = "7H2K-93QF"


def cases() -> Iterator[PageCase]:
    """Every page of this part."""
    yield from _data()
    yield from _shared()
    yield from _ask()
    reported = {
        "number": NUMBER,
        "time": NOW,
        "end_others_action": "/account/sessions/end-others",
        "back_url": "/account/history",
    }
    yield PageCase("reported", "portal/reported.html", reported, True)


def _data() -> Iterator[PageCase]:
    fixed = {"copy_url": "/account/data/copy"}
    empty = fixed | {"kilobytes": None, "requests": [], "recorded": None}
    yield PageCase("data-empty", "portal/data.html", empty, True)
    waiting = RequestLine(
        NUMBER, "更正", "姓名", "姓名中的第二个字写错了", None, False, NOW - DAY, NOW + 29 * DAY
    )
    answered = RequestLine(
        "93QF-7H2K", "投诉", "其他", "没有收到短信", "已更换短信通道", True, NOW - 9 * DAY, NOW
    )
    report = RequestLine("AAAA-BBBB", "不是本人的登录", None, None, None, False, NOW - DAY, NOW + 29 * DAY)
    full = fixed | {"kilobytes": 12, "requests": [waiting, answered, report], "recorded": NUMBER}
    yield PageCase("data", "portal/data.html", full, True)


def _shared() -> Iterator[PageCase]:
    yield PageCase("shared-empty", "portal/shared.html", {"rows": [], "older": None}, True)
    own = ReleaseRow(
        "公积金查询", "示范省住房公积金管理中心", ["姓名", "证件号码"], None, NOW - 9 * DAY, NOW, 4
    )
    acting = ReleaseRow("不动产登记", "示范省自然资源厅", ["单位"], "示范公司", NOW - DAY, NOW - DAY, 1)
    yield PageCase("shared", "portal/shared.html", {"rows": [own, acting], "older": "1-a"}, True)


def _ask() -> Iterator[PageCase]:
    for name, kind in KINDS.items():
        items = [(code, CATALOGUE.text(f"ask.about.{code}", "zh-CN")) for code in ABOUT[kind]]
        fixed = {
            "kind": name,
            "items": items,
            "most": MOST_WORDS,
            "action": "/account/data/ask",
            "back_url": "/account/data",
        }
        first = fixed | {"about": "", "words": "", "errors": []}
        yield PageCase(f"ask-{name}", "portal/ask.html", first, True)
        for field, fault in (("about", "ask.about"), ("words", "ask.empty"), ("words", "ask.long")):
            errors = [FieldError(field, CATALOGUE.text(fault, "zh-CN"))]
            wrong = fixed | {"about": "other", "words": "写错了", "errors": errors}
            yield PageCase(f"ask-{name}-{fault.removeprefix('ask.')}", "portal/ask.html", wrong, True)
