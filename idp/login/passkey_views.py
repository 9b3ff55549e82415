"""C04, a passkey: asked for by script, answered by form; the page that helps where it did not work."""

from typing import Final

from idp.accounts.store import PersonStore
from idp.authenticators.evidence import Way
from idp.authenticators.passkey import PasskeyProved, Passkeys, PasskeyUnknown
from idp.ephemeral.box import Held
from idp.login.frame import HOME, MORE, LoginFrame, at
from idp.login.outcomes import Proved
from idp.login.policy import Next, next_step
from idp.login.transaction import LoginTransaction, TransactionState
from idp.login.tries import Tries
from idp.web.exchange import Answer, Request, json_answer, redirect
from idp.web.routing import Auth, Route

PAGE: Final = "/login/passkey"
OPTIONS: Final = "/login/passkey/options"
OTHER: Final = "other"
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
        held = self._frame.held(request, request.query.get("transaction", ""))
        if held is None or not self._passkeys.is_possible:
            return json_answer({"error": "lost", "reference": request.request_id}, 404)
        person_id = self._known(request, held)
        with self._frame.sql.once() as db:
            asked = self._passkeys.ask(db, held.value.browser, person_id)
        return json_answer({"challenge": asked.id, "options": asked.options})

    def answer(self, request: Request) -> Answer:
        """GET shows the button; POST takes the browser's response."""
        is_post = request.method == "POST"
        fields = self._frame.pages.check_form(request) if is_post else request.query
        transaction_id = fields.get("transaction", "")
        held = self._frame.held(request, transaction_id)
        if held is None:
            return self._frame.lost(request)
        if held.value.state is TransactionState.DONE:
            return redirect(self._frame.continuations.path(held.value.continuation))
        if not is_post:
            return self._page(request, transaction_id, held, None, None)
        if fields.get("choice") == OTHER:
            return redirect(at(MORE if self._known(request, held) else HOME, transaction_id))
        return self._check(request, transaction_id, held, fields)

    def _check(
        self,
        request: Request,
        transaction_id: str,
        held: Held[LoginTransaction],
        fields: dict[str, str],
    ) -> Answer:
        caller, response = self._frame.caller(request), fields.get("response", "")
        if not response:
            return self._page(request, transaction_id, held, "cancelled", None)
        with self._frame.sql.begin() as db:
            checked = self._passkeys.check(db, fields.get("challenge", ""), held.value.browser, response)
            person = self._persons.find(db, checked.person_id) if isinstance(checked, PasskeyProved) else None
        if isinstance(checked, PasskeyProved) and person is not None:
            outcome = self._frame.login.accept(
                transaction_id,
                held.value.browser,
                Proved(person.id, person.state),
                checked.way,
                caller,
                checked.credential_id,
            )
            return self._frame.concluded(request, transaction_id, outcome)
        application = held.value.requirement.application_id
        self._tries.note(None, Way.PASSKEY, "credentials", caller, application)
        if isinstance(checked, PasskeyUnknown):
            return self._page(request, transaction_id, held, "unknown", checked.credential_id)
        return self._page(request, transaction_id, held, "failed", None)

    def _known(self, request: Request, held: Held[LoginTransaction]) -> str | None:
        """The person who has proved something already, where more is wanted."""
        proven = self._frame.login.proven(held.value, self._frame.session(request))
        if proven is None or next_step(held.value.requirement, proven) is Next.SIGN_IN:
            return None
        return proven.person_id

    def _page(
        self,
        request: Request,
        transaction_id: str,
        held: Held[LoginTransaction],
        fault: str | None,
        unknown_id: str | None,
    ) -> Answer:
        known = self._known(request, held)
        return self._frame.pages.show(
            request,
            "login/passkey.html",
            status=400 if fault else 200,
            back=at(PAGE, transaction_id),
            application=self._frame.application(request, held),
            fault=self._frame.pages.text(request, f"passkey.fault.{fault}") if fault else None,
            unknown_id=unknown_id,
            rp_id=self._passkeys.rp_id,
            is_possible=self._passkeys.is_possible,
            transaction=transaction_id,
            action=PAGE,
            options_url=at(OPTIONS, transaction_id),
            other_url=at(MORE if known else HOME, transaction_id),
        )
