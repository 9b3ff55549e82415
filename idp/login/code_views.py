"""The pages for a code of an app and for a recovery code: one field, for a person who is known already."""

from dataclasses import dataclass
from typing import Final

from idp.authenticators.evidence import Way
from idp.login.by_code import ByOwnCode
from idp.login.frame import HOME, MORE, LoginFrame, at
from idp.login.outcomes import MethodPaused, Mistyped, Proved
from idp.login.policy import Next, next_step
from idp.login.requirement import Proven
from idp.login.service import Wishes
from idp.login.transaction import LoginTransaction, TransactionState
from idp.web import page_values as values
from idp.web.exchange import Answer, Request, redirect
from idp.web.routing import Auth, Route

PAGES: Final = {Way.TOTP: "/login/totp", Way.RECOVERY_CODE: "/login/recovery-code"}
ROUTES: tuple[Route, ...] = (
    Route(PAGES[Way.TOTP], ("GET", "POST"), "login_code.totp", Auth.BROWSER, "sign_in_page"),
    Route(PAGES[Way.RECOVERY_CODE], ("GET", "POST"), "login_code.recovery", Auth.BROWSER, "sign_in_page"),
)


@dataclass(frozen=True, slots=True)
class CodeWords:
    """What the page of a way says: its name, what to do, and the field with its hint."""

    title: str
    text: str
    code: str
    hint: str


CODE_PARTS: Final = ("", ".text", ".code", ".hint")


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
        is_post = request.method == "POST"
        fields = self._frame.pages.check_form(request) if is_post else request.query
        transaction_id = fields.get("transaction", "")
        held = self._frame.held(request, transaction_id)
        if held is None:
            return self._frame.lost(request)
        value = held.value
        if value.state is TransactionState.DONE:
            return redirect(self._frame.continuations.path(value.continuation))
        proven = self._frame.login.proven(value, self._frame.session(request))
        if proven is None or next_step(value.requirement, proven) is Next.SIGN_IN:
            # Nobody is known yet: a code of whom?
            return redirect(at(HOME, transaction_id))
        if not is_post:
            return self._page(request, transaction_id, value, way)
        return self._check(request, transaction_id, value, way, proven, fields)

    def _check(
        self,
        request: Request,
        transaction_id: str,
        value: LoginTransaction,
        way: Way,
        proven: Proven,
        fields: dict[str, str],
    ) -> Answer:
        caller, application = self._frame.caller(request), value.requirement.application_id
        typed = fields.get("code", "")[:40]
        checked = self._by_code.check(way, proven.person_id, typed, caller, application)
        if isinstance(checked, Proved):
            wishes = Wishes(is_trusting=fields.get("trust") == "yes")
            outcome = self._frame.login.accept(
                transaction_id, value.browser, checked, way, caller, wishes=wishes
            )
            return self._frame.concluded(request, transaction_id, outcome)
        self._frame.counted(checked)
        if isinstance(checked, MethodPaused):
            return self._frame.paused(request, transaction_id, checked, way)
        fault = checked.code if isinstance(checked, Mistyped) else f"way.{way.value}.bad"
        left = None if isinstance(checked, Mistyped) else checked.tries_left
        return self._page(request, transaction_id, value, way, fault, left)

    def _page(
        self,
        request: Request,
        transaction_id: str,
        value: LoginTransaction,
        way: Way,
        fault: str | None = None,
        tries_left: int | None = None,
    ) -> Answer:
        held = self._frame.held(request, transaction_id)
        text = self._frame.pages.text
        return self._frame.pages.show(
            request,
            "login/code.html",
            back=at(PAGES[way], transaction_id),
            application=self._frame.application(request, held) if held else None,
            words=CodeWords(*(text(request, f"way.{way.value}{part}") for part in CODE_PARTS)),
            errors=[values.FieldError("code", text(request, fault))] if fault else [],
            tries_left=tries_left,
            may_trust=value.person_id is not None,
            transaction=transaction_id,
            action=PAGES[way],
            other_url=at(MORE, transaction_id),
        )
