"""C16, getting back in: by what the person still has, never by less than a change of the way to sign in takes.

There is no door of its own: every path is a sign-in that ends at the new password, so nothing can be reset that could not be
changed, and nothing is told of an account that a sign-in does not tell.
"""

from typing import Final

from idp.clock import Clock
from idp.login.frame import HOME, LoginFrame, at
from idp.login.passkey_views import PAGE as PASSKEY
from idp.login.requirement import FRESH_SECONDS, Requirement
from idp.login.sms_views import PAGE as SMS
from idp.login.ukey_views import PAGE as UKEY
from idp.web import page_values as values
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request, redirect
from idp.web.routing import Auth, Route

PAGE: Final = "/recover"
NEW_PASSWORD: Final = Continuation("portal.password")
PATHS: Final = {"mobile": SMS, "passkey": PASSKEY, "ukey": UKEY}
"""What somebody may still have, and where it is used."""
NOTHING: Final = "nothing"
ROUTES: tuple[Route, ...] = (Route(PAGE, ("GET", "POST"), "recover.answer", Auth.BROWSER, "sign_in_page"),)


class RecoverViews:
    """`/recover`."""

    def __init__(self, frame: LoginFrame, clock: Clock, has_passkeys: bool, has_ukeys: bool) -> None:
        self._frame = frame
        self._clock = clock
        self._offered = [
            "mobile",
            *(["passkey"] if has_passkeys else []),
            *(["ukey"] if has_ukeys else []),
            NOTHING,
        ]

    def answer(self, request: Request) -> Answer:
        """GET asks what can still be used; POST goes there, or tells of the counter."""
        if request.method != "POST":
            return self._page(request, request.query.get("transaction", ""), None, is_nothing=False)
        form = self._frame.pages.check_form(request)
        have, transaction_id = form.get("have", ""), form.get("transaction", "")
        if have in PATHS and have in self._offered:
            return self._go(request, PATHS[have])
        fault = None if have == NOTHING else "recover.pick"
        return self._page(request, transaction_id, fault, is_nothing=have == NOTHING)

    def _go(self, request: Request, page: str) -> Answer:
        browser, headers = self._frame.pages.begin_browser(request)
        since = self._clock.timestamp() - FRESH_SECONDS
        wanted = Requirement(signed_in_since=since, why="account")
        return redirect(at(page, self._frame.login.begin(browser, wanted, NEW_PASSWORD)), headers)

    def _page(self, request: Request, transaction_id: str, fault: str | None, is_nothing: bool) -> Answer:
        held, text = self._frame.held(request, transaction_id), self._frame.pages.text
        return self._frame.pages.show(
            request,
            "login/recover.html",
            status=400 if fault else 200,
            back=at(PAGE, transaction_id) if held else PAGE,
            application=self._frame.application(request, held) if held else None,
            options=[
                values.Choice(one, text(request, f"recover.have.{one}"), text(request, f"recover.then.{one}"))
                for one in self._offered
            ],
            errors=[values.FieldError("have-mobile", text(request, fault))] if fault else [],
            is_nothing=is_nothing,
            transaction=transaction_id if held else "",
            action=PAGE,
            sign_in_url=at(HOME, transaction_id) if held else HOME,
        )
