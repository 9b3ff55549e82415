"""Signing in with a USB key: its helper signs a line that the page holds; or by a certificate that the gateway saw."""

from typing import Final

from idp.accounts.store import PersonStore
from idp.authenticators.evidence import Way
from idp.login.frame import LoginFrame, Visit
from idp.login.outcomes import Proved
from idp.login.tries import Tries
from idp.ukey.check import Holder, UkeyRefused, Why
from idp.ukey.service import Ukeys
from idp.web.exchange import Answer, Request
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
        visit = self._frame.entered(request)
        if isinstance(visit, Answer):
            return visit
        if not visit.is_post or not self._ukeys.is_on:
            return self._page(visit)
        signed = (visit.fields.get(name, "") for name in ("certificate", "signature"))
        holder = self._ukeys.answered(visit.fields.get("challenge", ""), visit.value.browser, *signed)
        return self._judged(visit, holder, Way.UKEY)

    def shown(self, request: Request) -> Answer:
        """POST by a browser that showed its certificate to the gateway."""
        visit = self._frame.entered(request)
        if isinstance(visit, Answer):
            return visit
        der = request.client_certificate
        if der is None:
            return self._page(visit, "none")
        return self._judged(visit, self._ukeys.shown(der), Way.CERTIFICATE)

    def _judged(self, visit: Visit, holder: Holder | UkeyRefused, way: Way) -> Answer:
        caller = self._frame.caller(visit.request)
        if isinstance(holder, UkeyRefused):
            self._tries.note(None, way, holder.why.value, caller, visit.application_id)
            return self._page(visit, WORDS.get(holder.why, "failed"))
        with self._frame.sql.once() as db:
            person_id = self._ukeys.find(db, holder)
            person = self._persons.find(db, person_id) if person_id is not None else None
        if person is None:
            self._tries.note(None, way, UNBOUND, caller, visit.application_id)
            return self._page(visit, UNBOUND)
        return self._frame.take(visit, Proved(person.id, person.state), way)

    def _page(self, visit: Visit, fault: str | None = None) -> Answer:
        application, text = self._frame.application(visit.request, visit.held), self._frame.pages.text
        name = application.name if application is not None else text(visit.request, "qr.phone.centre")
        challenge, line = self._ukeys.begin(visit.value.browser, name) if self._ukeys.is_on else ("", "")
        return self._frame.show(
            visit,
            "login/ukey.html",
            PAGE,
            status=400 if fault else 200,
            page_headers=helper_headers(self._port),
            fault=text(visit.request, f"ukey.fault.{fault}") if fault else None,
            is_unbound=fault == UNBOUND,
            is_on=self._ukeys.is_on,
            challenge=challenge,
            line=line,
            port=self._port,
            shown_action=SHOWN,
        )
