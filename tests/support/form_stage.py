"""A browser in front of a form of ours."""

from dataclasses import dataclass

from tests.support.journey import Browser


@dataclass
class Stage:
    """A browser in front of a form of ours: where the form goes and what it sends. `writes`: sending it changes a row; a
    step on the way to something else does not. `answers` are the statuses with which it is taken.
    """

    browser: Browser
    path: str
    fields: dict[str, str]
    writes: bool = True
    answers: frozenset[int] = frozenset({200, 303})
