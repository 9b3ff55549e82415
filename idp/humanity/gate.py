"""What a page with a proof of humanity does: shows a challenge, and lets a form through with its answer, once."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.humanity.challenge import Humanity, Passed, Wrong
from idp.humanity.views import FIELD, complaint
from idp.web.exchange import Request
from idp.web.page_values import FieldError
from idp.web.pages import Pages


@dataclass(frozen=True, slots=True)
class Stopped:
    """The form is not let through: what to say, and the challenge to show."""

    error: FieldError
    challenge: str


class Gate:
    """Stands before one purpose, such as the sending of a message."""

    def __init__(self, pages: Pages, humanity: Humanity, purpose: str) -> None:
        self._pages = pages
        self._humanity = humanity
        self._purpose = purpose

    def ask(self, request: Request, browser: str) -> str:
        """A challenge for this browser. Raises TooMany."""
        return self._humanity.begin(browser, self._purpose, request.client_address)

    def stopped(self, request: Request, form: Mapping[str, str], browser: str) -> Stopped | None:
        """None lets the form through; its answer is spent by that. Raises TooMany."""
        challenge = form.get("human_challenge", "")
        outcome = self._humanity.check(challenge, browser, form.get(FIELD, ""))
        if isinstance(outcome, Passed):
            is_first = self._humanity.spend(outcome.token, browser, self._purpose)
            return None if is_first else self._again(request, browser)
        error = complaint(self._pages, request, outcome)
        return Stopped(error, challenge if isinstance(outcome, Wrong) else self.ask(request, browser))

    def _again(self, request: Request, browser: str) -> Stopped:
        over = FieldError(FIELD, self._pages.text(request, "humanity.over"))
        return Stopped(over, self.ask(request, browser))
