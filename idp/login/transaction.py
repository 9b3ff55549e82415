"""One sign-in under way, bound to one browser; any number may be open in as many tabs.

open ──right credentials, or “continue as”──▶ done ──expires
  └──expires (30 minutes)
"""

from dataclasses import dataclass
from enum import StrEnum

from idp.login.requirement import Requirement
from idp.web.continuation import Continuation

SECONDS = 1800


class TransactionState(StrEnum):
    """See the picture above."""

    OPEN = "open"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class LoginTransaction:
    """What is remembered of a sign-in under way; `browser` is the mark of the browser that began it."""

    browser: str
    requirement: Requirement
    continuation: Continuation
    state: TransactionState = TransactionState.OPEN
