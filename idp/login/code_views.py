"""The pages for a code of an app and for a recovery code: one field, for a person who is known already."""

from dataclasses import dataclass
from typing import Final

from idp.authenticators.evidence import Way
from idp.login.by_code import ByOwnCode
from idp.login.frame import HOME, LoginFrame, Visit, at
from idp.login.outcomes import MethodPaused, Mistyped, Proved
from idp.login.requirement import Proven
from idp.web import page_values as values
from idp.web.exchange import Answer, Request, redirect
from idp.web.routing import Auth, Route

PAGES: Final = {Way.TOTP: "/login/totp", Way.RECOVERY_CODE: "/login/recovery-code"}
ROUTES: tuple[Route, ...] = (
    Route(PAGES[Way.TOTP], ("GET", "POST"), "login_code.totp", Auth.BROWSER, "sign_in_page"),
    Route(PAGES[Way.RECOVERY_CODE], ("GET", "POST"), "login_code.recovery", Auth.BROWSER, "sign_in_page"),
)
CODE_PARTS: Final = ("", ".text", ".code", ".hint")


@dataclass(frozen=True, slots=True)
class CodeWords:
    """What the page of a way says: its name, what to do, and the field with its hint."""

    title: str
    text: str
    code: str
    hint: str


class CodeViews:
    """`/login/totp` and `/login/recovery-code`."""

    def __init__(self, frame: LoginFrame, by_code: ByOwnCode) -> None:
        self._frame = frame
        self._by_code = by_code

    def totp(self, request: Request) -> Answer:
        """The code of an app."""
        return self._answer(request, Way.TOTP)

    def recovery(self, request: Request) -> Answer:
        """A code from paper."""
        return self._answer(request, Way.RECOVERY_CODE)

    def _answer(self, request: Request, way: Way) -> Answer:
        visit = self._frame.entered(request)
        if isinstance(visit, Answer):
            return visit
        if visit.known is None:
            # Nobody is known yet: a code of whom?
            return redirect(at(HOME, visit.transaction_id))
        return self._check(visit, way, visit.known) if visit.is_post else self._page(visit, way)

    def _check(self, visit: Visit, way: Way, known: Proven) -> Answer:
        caller, typed = self._frame.caller(visit.request), visit.fields.get("code", "")[:40]
        checked = self._by_code.check(way, known.person_id, typed, caller, visit.application_id)
        if isinstance(checked, Proved):
            return self._frame.take(visit, checked, way)
        self._frame.count(checked)
        if isinstance(checked, MethodPaused):
            return self._frame.paused(visit.request, visit.transaction_id, checked, way)
        if isinstance(checked, Mistyped):
            return self._page(visit, way, checked.code)
        return self._page(visit, way, f"way.{way.value}.bad", checked.tries_left)

    def _page(
        self, visit: Visit, way: Way, fault: str | None = None, tries_left: int | None = None
    ) -> Answer:
        text = self._frame.pages.text
        return self._frame.show(
            visit,
            "login/code.html",
            PAGES[way],
            words=CodeWords(*(text(visit.request, f"way.{way.value}{part}") for part in CODE_PARTS)),
            errors=[values.FieldError("code", text(visit.request, fault))] if fault else [],
            tries_left=tries_left,
            may_trust=visit.may_trust,
        )
