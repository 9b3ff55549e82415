"""C07, one more proof: why, how far, by which of the person's ways, or back to the application."""

from dataclasses import dataclass
from typing import Final

from idp.accounts.store import Person, PersonStore
from idp.authenticators.evidence import Way, level_of
from idp.ephemeral.box import Held
from idp.login.code_views import PAGES
from idp.login.frame import HOME, MORE, LoginFrame, at
from idp.login.passkey_views import PAGE as PASSKEY
from idp.login.policy import Next, counted, is_met, leading, next_step, raised
from idp.login.requirement import Proven, Requirement
from idp.login.sms_views import SmsViews
from idp.login.transaction import LoginTransaction, TransactionState
from idp.login.ukey_views import PAGE as UKEY
from idp.login.ways import PersonWays
from idp.web import page_values as values
from idp.web.exchange import Answer, Request, redirect
from idp.web.routing import Auth, Route

CANCEL: Final = "/login/cancel"
ADDRESSES: Final = {
    **PAGES,
    Way.PASSKEY: PASSKEY,
    Way.BOUND_PASSKEY: PASSKEY,
    Way.UKEY: UKEY,
    Way.CERTIFICATE: UKEY,
    Way.PASSWORD: HOME,
}
DIRECT: Final = frozenset({Way.PASSKEY, Way.BOUND_PASSKEY, Way.TOTP})
"""Ways that need nothing sent and nothing chosen: where one of them comes first for the usual second step, it is shown."""
ROUTES: tuple[Route, ...] = (
    Route(MORE, ("GET", "POST"), "login_more.answer", Auth.BROWSER, "sign_in_page"),
    Route(CANCEL, ("POST",), "login_more.cancel", Auth.BROWSER, "sign_in_page"),
)


@dataclass(frozen=True, slots=True)
class OfferedWay:
    """A way in words: its name, how long it takes and what one needs at hand."""

    way: Way
    name: str
    needs: str


class MoreViews:
    """`/login/more`."""

    def __init__(self, frame: LoginFrame, persons: PersonStore, ways: PersonWays, sms: SmsViews) -> None:
        self._frame = frame
        self._persons = persons
        self._ways = ways
        self._sms = sms

    def answer(self, request: Request) -> Answer:
        """GET shows the ways, or leads on where nothing is lacking; POST goes one of them."""
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
        wanted = raised(value.requirement, value.is_second_step)
        if proven is None or not counted(wanted, proven) or is_met(wanted, proven):
            return redirect(at(HOME, transaction_id))
        return self._shown(request, transaction_id, held, wanted, proven, fields)

    def cancel(self, request: Request) -> Answer:
        """Back to where the sign-in was asked for, with nothing more proved."""
        form = self._frame.pages.check_form(request)
        held = self._frame.held(request, form.get("transaction", ""))
        if held is None:
            return self._frame.lost(request)
        proven = self._frame.login.proven(held.value, self._frame.session(request))
        why = "level" if counted(held.value.requirement, proven) else "sign_in"
        self._frame.login.resume(held)
        return redirect(self._frame.continuations.cancelled(held.value.continuation, why))

    def _shown(
        self,
        request: Request,
        transaction_id: str,
        held: Held[LoginTransaction],
        wanted: Requirement,
        proven: Proven,
        fields: dict[str, str],
    ) -> Answer:
        with self._frame.sql.once() as db:
            person = self._persons.find(db, proven.person_id)
            every = self._ways.of(db, person) if person is not None else ()
        ways = leading(wanted, proven, every)
        picked = next((way for way in ways if way.value == fields.get("way")), None)
        if request.method == "POST" and picked is not None and person is not None:
            return self._go(request, transaction_id, picked, person)
        is_usual = is_met(held.value.requirement, proven)
        if request.method == "GET" and "choose" not in fields and is_usual and ways and ways[0] in DIRECT:
            return redirect(at(ADDRESSES[ways[0]], transaction_id))
        fault = "more.pick" if request.method == "POST" and ways else None
        return self._page(request, transaction_id, held, wanted, proven, ways, fault)

    def _go(self, request: Request, transaction_id: str, way: Way, person: Person) -> Answer:
        if way is Way.SMS:
            return self._sms.send(request, transaction_id, person)
        other = "&as=other" if way is Way.PASSWORD else ""
        return redirect(at(ADDRESSES[way], transaction_id) + other)

    def _why(self, request: Request, held: Held[LoginTransaction], proven: Proven) -> str:
        """Why more is asked for, in words: by who asks, or by the person's own wish where that alone does."""
        requirement, application = held.value.requirement, self._frame.application(request, held)
        why = "usual" if is_met(requirement, proven) else requirement.why or "application"
        name = application.name if application is not None else ""
        return self._frame.pages.text(request, f"more.why.{why}", app=name, matter=requirement.subject)

    def _page(
        self,
        request: Request,
        transaction_id: str,
        held: Held[LoginTransaction],
        wanted: Requirement,
        proven: Proven,
        ways: tuple[Way, ...],
        fault: str | None,
    ) -> Answer:
        text, level = self._frame.pages.text, level_of(counted(wanted, proven))
        offered = dict.fromkeys(Way.PASSKEY if way is Way.BOUND_PASSKEY else way for way in ways)
        is_unmet = next_step(wanted, proven, ways) is Next.UNMET
        return self._frame.pages.show(
            request,
            "login/more.html",
            status=400 if fault else 200,
            back=f"{at(MORE, transaction_id)}&choose=yes",
            application=self._frame.application(request, held),
            why=self._why(request, held, proven),
            level=text(request, f"aal.{level}"),
            needed=text(request, f"aal.{max(wanted.least_level, level, 2 if wanted.is_twofold else 1)}"),
            ways=[
                OfferedWay(way, text(request, f"way.{way.value}"), text(request, f"way.{way.value}.needs"))
                for way in offered
            ],
            is_unmet=is_unmet,
            errors=[values.FieldError(f"way-{ways[0].value}", text(request, fault))] if fault else [],
            transaction=transaction_id,
            action=MORE,
            cancel_action=CANCEL,
            other_url=f"{at(HOME, transaction_id)}&as=other",
        )
