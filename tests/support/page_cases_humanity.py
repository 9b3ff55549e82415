"""The page that asks for a proof of humanity, in every state."""

from collections.abc import Iterator
from typing import Any

from idp.web.page_values import FieldError
from tests.support.page_case import CATALOGUE, PageCase


def cases() -> Iterator[PageCase]:
    """Every page of this package."""
    page: dict[str, Any] = {
        "why": "message",
        "action": "/register",
        "transaction": "abc",
        "challenge": "synthetic-challenge",
        "another_url": "/register?registration=abc",
        "other_url": "/login",
        "errors": [],
    }
    wrong = FieldError("human", CATALOGUE.text("humanity.wrong", "zh-CN", n=2))
    over = FieldError("human", CATALOGUE.text("humanity.over", "zh-CN"))
    states: dict[str, dict[str, Any]] = {
        "first": {},
        "misses": {"why": "misses", "other_url": None},
        "wrong": {"errors": [wrong]},
        "over": {"errors": [over]},
    }
    for state, values in states.items():
        yield PageCase(f"humanity-{state}", "login/humanity.html", page | values)
