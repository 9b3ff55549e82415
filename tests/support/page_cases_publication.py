"""The pages of publications, in every state."""

from collections.abc import Iterator
from typing import Any

from idp.publication.store import Publication
from idp.publication.views import ShownChange
from tests.support.page_case import NOW, PageCase

DAYS = [
    Publication(number, f"2026-11-{number:02}", 1, 40 * number, "7a" * 32, "…", NOW)
    for number in (23, 22, 21)
]
CHANGES = [
    ShownChange(41, NOW, "新登记", "91140100MA0T00011A", "示范科技有限公司", "存续", ()),
    ShownChange(
        42,
        NOW,
        "旧代码转换",
        "9114010078901234XW",
        "样板商贸有限公司",
        "存续",
        (("组织机构代码", "78901234X"), ("纳税人识别号", "14010078901234X")),
    ),
    ShownChange(43, NOW, "名称变更", "92140100MA0T000117", "王**", "存续", ()),
]


def cases() -> Iterator[PageCase]:
    """Every page of this package."""
    overview: dict[str, dict[str, Any]] = {
        "days": {"publications": DAYS, "older": 20},
        "none": {"publications": [], "older": None},
    }
    for state, values in overview.items():
        yield PageCase(f"publications-{state}", "publication/overview.html", values)
    one: dict[str, Any] = {"publication": DAYS[0], "changes": CHANGES, "further": 43}
    yield PageCase("publication-changes", "publication/one.html", one)
    yield PageCase("publication-none", "publication/one.html", {**one, "changes": [], "further": None})
