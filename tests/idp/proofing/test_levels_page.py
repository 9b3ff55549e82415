"""The page on levels that officers and departments read says what the tables say."""

from pathlib import Path

from idp.proofing.levels import scales
from idp.proofing.methods import methods

PAGE = (Path(__file__).parents[3] / "specs/levels.md").read_text("utf-8")
NAMES = {"guangdong": "广东", "zhejiang": "浙江", "shandong": "山东", "ningxia": "宁夏"}


def test_every_method_stands_on_the_page_as_in_the_table() -> None:
    """Level, days, grade, needs and consent of each."""
    for one in methods().by_key.values():
        needs = "、".join(f"`{need}`" for need in one.needs) or "无"
        row = f"| `{one.key}` | {one.level} | {one.days} | {one.grade} | {needs} | {'是' if one.consent else '否'} |"
        assert row in PAGE, row


def test_every_mapping_stands_on_the_page_as_in_the_table() -> None:
    """Out by level, in by word, for each of the four provinces."""
    assert set(scales()) == set(NAMES)
    for level in range(4):
        words = (scales()[name].say(level) for name in NAMES)
        row = f"| {level} | " + " | ".join(f"`{word}`" if word else "（空）" for word in words) + " |"
        assert row in PAGE, row
    for name, title in NAMES.items():
        for word, level in scales()[name].into.items():
            assert f"| {title} | `{word}` | {level} |" in PAGE, (name, word)
