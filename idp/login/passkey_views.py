"""C04, a passkey: asked for by script, answered by form; the page that helps where it did not work."""

from typing import Final

from idp.accounts.store import PersonStore
from idp.authenticators.evidence import Way
from idp.authenticators.passkey import PasskeyProved, Passkeys, PasskeyUnknown
from idp.login.frame import LoginFrame, Visit, at
from idp.login.outcomes import Proved
from idp.login.tries import Tries
from idp.web.exchange import Answer, Request, json_answer
from idp.web.routing import Auth, Route

PAGE: Final = "/login/passkey"
OPTIONS: Final = "/login/passkey/options"
ROUTES: tuple[Route, ...] = (
    Route(PAGE, ("GET", "POST"), "login_passkey.answer", Auth.BROWSER, "sign_in_page"),
    Route(OPTIONS, ("GET",), "login_passkey.options", Auth.BROWSER, "sign_in_page"),
)


class PasskeyViews:
    """`/login/passkey`."""

    def __init__(self, frame: LoginFrame, passkeys: Passkeys, persons: PersonStore, tries: Tries) -> None:
        self._frame = frame
        self._passkeys = passkeys
        self._persons = persons
        self._tries = tries

    def options(self, request: Request) -> Answer:
        """A fresh question for the browser, as JSON: by one of the person's passkeys where one is known."""
        visit = self._frame.entered(request)
        if isinstance(visit, Answer) or not self._passkeys.is_possible:
            return json_answer({"error": "lost", "reference": request.request_id}, 404)
        person_id = visit.known.person_id if visit.known is not None else None
        with self._frame.sql.once() as db:
            asked = self._passkeys.ask(db, visit.value.browser, person_id)
        return json_answer({"challenge": asked.id, "options": asked.options})

    def answer(self, request: Request) -> Answer:
        """GET shows the button; POST takes the browser's response."""
        visit = self._frame.entered(request)
        if isinstance(visit, Answer):
            return visit
        return self._check(visit) if visit.is_post else self._page(visit)

    def _check(self, visit: Visit) -> Answer:
        response = visit.fields.get("response", "")
        if not response:
            return self._page(visit, "cancelled")
        with self._frame.sql.begin() as db:
            challenge = visit.fields.get("challenge", "")
            checked = self._passkeys.check(db, challenge, visit.value.browser, response)
            person = self._persons.find(db, checked.person_id) if isinstance(checked, PasskeyProved) else None
        if isinstance(checked, PasskeyProved) and person is not None:
            return self._frame.take(visit, Proved(person.id, person.state), checked.way)
        caller = self._frame.caller(visit.request)
        self._tries.note(None, Way.PASSKEY, "credentials", caller, visit.application_id)
        if isinstance(checked, PasskeyUnknown):
            return self._page(visit, "unknown", checked.credential_id)
        return self._page(visit, "failed")

    def _page(self, visit: Visit, fault: str | None = None, unknown_id: str | None = None) -> Answer:
        words = self._frame.pages.text(visit.request, f"passkey.fault.{fault}") if fault else None
        return self._frame.show(
            visit,
            "login/passkey.html",
            PAGE,
            status=400 if fault else 200,
            fault=words,
            unknown_id=unknown_id,
            rp_id=self._passkeys.rp_id,
            is_possible=self._passkeys.is_possible,
            options_url=at(OPTIONS, visit.transaction_id),
        )
