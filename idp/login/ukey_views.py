"""Signing in with a USB key: its helper signs a line that the page holds; or by a certificate that the gateway saw."""

from typing import Final

from idp.accounts.store import PersonStore
from idp.authenticators.evidence import Way
from idp.ephemeral.box import Held
from idp.login.frame import HOME, MORE, LoginFrame, at
from idp.login.outcomes import Proved
from idp.login.policy import Next, next_step
from idp.login.transaction import LoginTransaction, TransactionState
from idp.login.tries import Tries
from idp.ukey.check import Holder, UkeyRefused, Why
from idp.ukey.service import Found, Ukeys
from idp.web.exchange import Answer, Request, redirect
from idp.web.headers import helper_headers
from idp.web.routing import Auth, Route

PAGE: Final = "/login/ukey"
SHOWN: Final = "/login/certificate"
UNBOUND: Final = "unbound"
ROUTES: tuple[Route, ...] = (
    Route(PAGE, ("GET", "POST"), "login_ukey.answer", Auth.BROWSER, "sign_in_page"),
    Route(SHOWN, ("POST",), "login_ukey.shown", Auth.BROWSER, "sign_in_page"),
)
WORDS: Final = {
    Why.EXPIRED: "over",
    Why.NOT_YET: "over",
    Why.REVOKED: "revoked",
    Why.UNKNOWN_REVOCATION: "unknown",
    Why.UNTRUSTED: "untrusted",
    Why.USAGE: "untrusted",
    Why.NO_IDENTITY: "untrusted",
}
"""What a person is told of a refusal; all others are said in one way."""


class UkeyViews:
    """`/login/ukey` and `/login/certificate`."""

    def __init__(
        self, frame: LoginFrame, ukeys: Ukeys, persons: PersonStore, tries: Tries, port: int
    ) -> None:
        self._frame = frame
        self._ukeys = ukeys
        self._persons = persons
        self._tries = tries
        self._port = port

    def answer(self, request: Request) -> Answer:
        """GET shows the line that the key shall sign, POST takes what its helper gave."""
        is_post = request.method == "POST"
        fields = self._frame.pages.check_form(request) if is_post else request.query
        transaction_id = fields.get("transaction", "")
        held = self._frame.held(request, transaction_id)
        if held is None:
            return self._frame.lost(request)
        if held.value.state is TransactionState.DONE:
            return redirect(self._frame.continuations.path(held.value.continuation))
        if not is_post or not self._ukeys.is_on:
            return self._page(request, transaction_id, held, None)
        holder = self._ukeys.answered(
            fields.get("challenge", ""),
            held.value.browser,
            fields.get("certificate", ""),
            fields.get("signature", ""),
        )
        return self._judged(request, transaction_id, held, holder, Way.UKEY)

    def shown(self, request: Request) -> Answer:
        """POST by a browser that showed its certificate to the gateway."""
        fields = self._frame.pages.check_form(request)
        transaction_id = fields.get("transaction", "")
        held = self._frame.held(request, transaction_id)
        if held is None:
            return self._frame.lost(request)
        der = request.client_certificate
        if der is None:
            return self._page(request, transaction_id, held, "none")
        return self._judged(request, transaction_id, held, self._ukeys.shown(der), Way.CERTIFICATE)

    def _judged(
        self,
        request: Request,
        transaction_id: str,
        held: Held[LoginTransaction],
        holder: Holder | UkeyRefused,
        way: Way,
    ) -> Answer:
        caller, application = self._frame.caller(request), held.value.requirement.application_id
        if isinstance(holder, UkeyRefused):
            self._tries.note(None, way, holder.why.value, caller, application)
            return self._page(request, transaction_id, held, WORDS.get(holder.why, "failed"))
        with self._frame.sql.once() as db:
            found = self._ukeys.find(db, holder)
            person = self._persons.find(db, found.person_id) if isinstance(found, Found) else None
        if not isinstance(found, Found) or person is None:
            self._tries.note(None, way, UNBOUND, caller, application)
            return self._page(request, transaction_id, held, UNBOUND)
        outcome = self._frame.login.accept(
            transaction_id,
            held.value.browser,
            Proved(person.id, person.state),
            way,
            caller,
            found.credential_id,
        )
        return self._frame.concluded(request, transaction_id, outcome)

    def _page(
        self, request: Request, transaction_id: str, held: Held[LoginTransaction], fault: str | None
    ) -> Answer:
        application = self._frame.application(request, held)
        text = self._frame.pages.text
        name = application.name if application is not None else text(request, "qr.phone.centre")
        challenge, line = self._ukeys.begin(held.value.browser, name) if self._ukeys.is_on else ("", "")
        proven = self._frame.login.proven(held.value, self._frame.session(request))
        is_known = proven is not None and next_step(held.value.requirement, proven) is not Next.SIGN_IN
        return self._frame.pages.show(
            request,
            "login/ukey.html",
            status=400 if fault else 200,
            page_headers=helper_headers(self._port),
            back=at(PAGE, transaction_id),
            application=application,
            fault=text(request, f"ukey.fault.{fault}") if fault else None,
            is_unbound=fault == UNBOUND,
            is_on=self._ukeys.is_on,
            challenge=challenge,
            line=line,
            port=self._port,
            transaction=transaction_id,
            action=PAGE,
            shown_action=SHOWN,
            other_url=at(MORE if is_known else HOME, transaction_id),
        )
