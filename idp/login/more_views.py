"""C07, one more proof: why, how far, by which of the person's ways, or back to the application."""

from dataclasses import dataclass
from typing import Final

from idp.accounts.store import Person, PersonStore
from idp.authenticators.evidence import Way, level_of, thing_of
from idp.login.code_views import PAGES
from idp.login.frame import HOME, MORE, LoginFrame, Visit, at
from idp.login.passkey_views import PAGE as PASSKEY
from idp.login.policy import counted, is_met, leading, raised
from idp.login.requirement import Proven, Requirement
from idp.login.sms_views import SmsViews
from idp.login.ukey_views import PAGE as UKEY
from idp.login.ways import PersonWays
from idp.web import page_values as values
from idp.web.exchange import Answer, Request, redirect
from idp.web.routing import Auth, Route

CANCEL: Final = "/login/cancel"
ADDRESSES: Final = {
    **PAGES,
    Way.PASSKEY: PASSKEY,
    Way.UKEY: UKEY,
    Way.PASSWORD: HOME,
}
DIRECT: Final = frozenset({Way.PASSKEY, Way.TOTP})
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
        visit = self._frame.entered(request)
        if isinstance(visit, Answer):
            return visit
        wanted = raised(visit.value.requirement, visit.value.is_second_step)
        if visit.known is None or is_met(wanted, visit.known):
            return redirect(at(HOME, visit.transaction_id))
        return self._shown(visit, wanted, visit.known)

    def cancel(self, request: Request) -> Answer:
        """Back to where the sign-in was asked for, with nothing more proved."""
        visit = self._frame.entered(request)
        if isinstance(visit, Answer):
            return visit
        why = "level" if visit.known is not None else "sign_in"
        self._frame.login.resume(visit.held)
        return redirect(self._frame.continuations.cancelled(visit.value.continuation, why))

    def _shown(self, visit: Visit, wanted: Requirement, known: Proven) -> Answer:
        with self._frame.sql.once() as db:
            person = self._persons.find(db, known.person_id)
            every = self._ways.of(db, person) if person is not None else ()
        ways = tuple(dict.fromkeys(map(thing_of, leading(wanted, known, every))))
        if visit.is_post:
            picked = next((way for way in ways if way.value == visit.fields.get("way")), None)
            if picked is not None and person is not None:
                return self._go(visit, picked, person)
            return self._page(visit, wanted, known, ways, "more.pick" if ways else None)
        is_usual = is_met(visit.value.requirement, known) and not visit.value.is_unusual
        if is_usual and "choose" not in visit.fields and ways and ways[0] in DIRECT:
            return redirect(at(ADDRESSES[ways[0]], visit.transaction_id))
        return self._page(visit, wanted, known, ways, None)

    def _go(self, visit: Visit, way: Way, person: Person) -> Answer:
        if way is Way.SMS:
            return self._sms.send(visit, person)
        other = "&as=other" if way is Way.PASSWORD else ""
        return redirect(at(ADDRESSES[way], visit.transaction_id) + other)

    def _why(self, visit: Visit, known: Proven) -> str:
        """Why more is asked for, in words: by who asks, or by the person's own wish or an unusual sign-in."""
        requirement, application = visit.value.requirement, self._frame.application(visit.request, visit.held)
        own = "unusual" if visit.value.is_unusual else "usual"
        why = own if is_met(requirement, known) else requirement.why or "application"
        name = application.name if application is not None else ""
        return self._frame.pages.text(visit.request, f"more.why.{why}", app=name, matter=requirement.subject)

    def _page(
        self, visit: Visit, wanted: Requirement, known: Proven, ways: tuple[Way, ...], fault: str | None
    ) -> Answer:
        request, text = visit.request, self._frame.pages.text
        level = level_of(counted(wanted, known))
        needed = max(wanted.least_level, level, 2 if wanted.is_twofold else 1)
        return self._frame.pages.show(
            request,
            "login/more.html",
            status=400 if fault else 200,
            back=f"{at(MORE, visit.transaction_id)}&choose=yes",
            application=self._frame.application(request, visit.held),
            why=self._why(visit, known),
            level=text(request, f"aal.{level}"),
            needed=text(request, f"aal.{needed}"),
            ways=[
                OfferedWay(way, text(request, f"way.{way.value}"), text(request, f"way.{way.value}.needs"))
                for way in ways
            ],
            is_unmet=not ways,
            errors=[values.FieldError(f"way-{ways[0].value}", text(request, fault))] if fault else [],
            transaction=visit.transaction_id,
            action=MORE,
            cancel_action=CANCEL,
            other_url=f"{at(HOME, visit.transaction_id)}&as=other",
        )
