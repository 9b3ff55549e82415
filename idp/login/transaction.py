"""One sign-in under way, bound to one browser; any number may be open in as many tabs.

open ──proof──▶ open (with its evidence) ──enough evidence, or “continue as”──▶ done ──expires
  └──expires (30 minutes)

What is to be done next never stands here: it is computed from the evidence (`policy`).
"""

from dataclasses import dataclass
from enum import StrEnum

from idp.authenticators.evidence import Evidence
from idp.login.requirement import Requirement
from idp.web.continuation import Continuation

SECONDS = 1800


class TransactionState(StrEnum):
    """See the picture above."""

    OPEN = "open"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class LoginTransaction:
    """What is remembered of a sign-in under way; `browser` is the mark of the browser that began it.

    `evidence` is what was proved in it, all of it by `person_id`; `is_second_step` is what the person's own wish or the
    weighing of risk added to the requirement, `is_unusual` that it was the latter. `organisation_code` is what was typed by
    who signs in to act for one, empty where nothing was; `is_trusting` that the person wants this device trusted,
    `is_shared` that others use it too.
    """

    browser: str
    requirement: Requirement
    continuation: Continuation
    state: TransactionState = TransactionState.OPEN
    person_id: str | None = None
    evidence: tuple[Evidence, ...] = ()
    is_second_step: bool = False
    is_unusual: bool = False
    organisation_code: str | None = None
    is_trusting: bool = False
    is_shared: bool = False
