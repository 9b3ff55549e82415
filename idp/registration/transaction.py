"""One registration under way, bound to one browser. What comes next is computed from what is there, never from a position.

::

    begun ──document──▶ ──name and number──▶ ──mobile number──▶ ──code──▶ ──password──▶ done ──expires
      └──every step may be gone back to; what was proved about a value falls with the value
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SECONDS: Final = 3600


class Step(StrEnum):
    """What a person is asked next."""

    DOCUMENT = "document"
    IDENTITY = "identity"
    MOBILE = "mobile"
    CODE = "code"
    PASSWORD = "password"  # noqa: S105 - the name of a step
    DONE = "done"


ORDER: Final = tuple(Step)[:-1]


@dataclass(frozen=True, slots=True, repr=False)
class Registration:
    """What is known so far. `login` is the sign-in that it began from; nothing here is a secret of the person."""

    browser: str
    login: str | None = None
    id_kind: str | None = None
    id_number: str | None = None
    name: str | None = None
    mobile: str | None = None
    challenge: str | None = None
    is_mobile_proven: bool = False
    is_done: bool = False

    def __repr__(self) -> str:
        return "Registration(…)"

    @property
    def next(self) -> Step:
        """The first thing that is missing."""
        if self.is_done:
            return Step.DONE
        if self.id_kind is None:
            return Step.DOCUMENT
        if self.id_number is None or self.name is None:
            return Step.IDENTITY
        if self.mobile is None:
            return Step.MOBILE
        return Step.PASSWORD if self.is_mobile_proven else Step.CODE
