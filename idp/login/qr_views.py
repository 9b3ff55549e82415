"""C03, signing in by a telephone: the picture and its state on one screen, the question on the other."""

from datetime import UTC, datetime
from typing import Final

from idp.accounts.names import MaskedNames
from idp.accounts.store import PersonStore
from idp.applications.service import Applications
from idp.authenticators.evidence import since
from idp.clock import Clock
from idp.login.frame import LoginFrame, Visit, at, shown
from idp.login.outcomes import Proved
from idp.login.qr import SECONDS, QrSignIn, QrSignIns, QrState
from idp.login.requirement import Requirement
from idp.login.sms_views import PAGE as SMS
from idp.login.views import LoginViews
from idp.sessions.store import SsoSession
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request, json_answer
from idp.web.routing import Auth, Route

PAGE: Final = "/login/qr"
STATUS: Final = "/login/qr/status"
PHONE: Final = "/qr"
ROUTES: tuple[Route, ...] = (
    Route(PAGE, ("GET", "POST"), "login_qr.answer", Auth.BROWSER, "sign_in_page"),
    Route(STATUS, ("GET",), "login_qr.status", Auth.BROWSER, "sign_in_page"),
    Route(PHONE, ("GET", "POST"), "qr_phone.answer", Auth.SESSION, "sign_in_page"),
)


class QrViews:
    """`/login/qr`: the screen that is to be signed in."""

    def __init__(
        self, frame: LoginFrame, clock: Clock, qr: QrSignIns, persons: PersonStore, issuer: str
    ) -> None:
        self._frame = frame
        self._clock = clock
        self._qr = qr
        self._persons = persons
        self._issuer = issuer

    def answer(self, request: Request) -> Answer:
        """GET shows a new picture; POST goes on once the telephone has confirmed, or says how far it is."""
        visit = self._frame.entered(request)
        if isinstance(visit, Answer):
            return visit
        return self._go_on(visit, visit.fields.get("code", "")) if visit.is_post else self._new(visit)

    def status(self, request: Request) -> Answer:
        """How far the sign-in is, for the script of the page that shows it."""
        query = request.query
        found = self._qr.of_screen(
            query.get("code", ""), self._frame.pages.browser_mark(request), query.get("transaction", "")
        )
        if found is None:
            return json_answer({"state": "expired", "text": self._frame.pages.text(request, "qr.expired")})
        state = found.state.value
        return json_answer({"state": state, "text": self._frame.pages.text(request, f"qr.state.{state}")})

    def _new(self, visit: Visit) -> Answer:
        caller, wanted = self._frame.caller(visit.request), visit.value.requirement
        code, shown_now = self._qr.begin(
            visit.value.browser,
            visit.transaction_id,
            wanted.application_id,
            caller.device,
            caller.place.source,
            self._clock.timestamp(),
            wanted.signed_in_since,
        )
        return self._page(visit, code, shown_now)

    def _go_on(self, visit: Visit, code: str) -> Answer:
        taken = self._qr.take(code, visit.value.browser, visit.transaction_id)
        if taken is None or taken.person_id is None:
            found = self._qr.of_screen(code, visit.value.browser, visit.transaction_id)
            return self._page(visit, code, found) if found is not None else self._new(visit)
        with self._frame.sql.once() as db:
            person = self._persons.find(db, taken.person_id)
        if person is None:
            return self._frame.lost(visit.request)
        return self._frame.take(visit, Proved(person.id, person.state), taken.way, at=taken.proved_at)

    def _page(self, visit: Visit, code: str, found: QrSignIn) -> Answer:
        return self._frame.show(
            visit,
            "login/qr.html",
            PAGE,
            picture=f"{self._issuer}{PHONE}?c={code}",
            code=code,
            number=found.numbers[0],
            progress=self._frame.pages.text(visit.request, f"qr.state.{found.state.value}"),
            is_refused=found.state is QrState.REFUSED,
            minutes=SECONDS // 60,
            status_url=f"{at(STATUS, visit.transaction_id)}&code={code}",
            new_url=at(PAGE, visit.transaction_id),
            sms_url=at(SMS, visit.transaction_id),
        )


class QrPhoneViews:
    """`/qr`: the telephone of who is signed in on it."""

    def __init__(
        self,
        frame: LoginFrame,
        clock: Clock,
        qr: QrSignIns,
        applications: Applications,
        names: MaskedNames,
        login: LoginViews,
    ) -> None:
        self._frame = frame
        self._clock = clock
        self._qr = qr
        self._applications = applications
        self._names = names
        self._login = login

    def answer(self, request: Request) -> Answer:
        """GET tells what is asked, by which system and where; POST confirms with the number of the screen, or refuses."""
        sso = self._frame.session(request)
        if request.method == "POST":
            if sso is None:
                return self._frame.lost(request)
            form = self._frame.pages.check_form(request, sso.id)
            return self._decide(request, sso, form.get("c", ""), form.get("number", ""))
        code = request.query.get("c", "")
        if sso is None:
            return self._login.begin(request, Requirement(), Continuation("qr.phone", code))
        found = self._qr.scan(code, sso.person_id)
        if found is None:
            return self._over(request, sso, "over")
        if not since(sso.proofs, found.signed_in_since):
            # The screen asks for a fresh proof: it is made here, since the picture makes none.
            wanted = Requirement(signed_in_since=found.signed_in_since, person_id=sso.person_id)
            return self._login.begin(request, wanted, Continuation("qr.phone", code))
        return self._asked(request, sso, code, found)

    def _decide(self, request: Request, sso: SsoSession, code: str, number: str) -> Answer:
        if not number:
            found = self._qr.scan(code, sso.person_id)
            if found is not None:
                return self._asked(request, sso, code, found, is_lacking=True)
        now = self._clock.timestamp()
        is_confirmed = self._qr.answer(code, sso.person_id, number, sso.proofs, now)
        return self._over(request, sso, "confirmed" if is_confirmed else "refused")

    def _asked(
        self, request: Request, sso: SsoSession, code: str, found: QrSignIn, is_lacking: bool = False
    ) -> Answer:
        application = self._applications.find(found.application_id)
        language = self._frame.pages.language(request)
        return self._frame.pages.show(
            request,
            "login/qr_phone.html",
            status=400 if is_lacking else 200,
            session=sso.id,
            signed_in_as=self._names.of(sso.person_id),
            application=shown(application, language) if application else None,
            device=found.device,
            place=found.place,
            begun_at=datetime.fromtimestamp(found.begun_at, UTC),
            numbers=sorted(found.numbers),
            is_lacking=is_lacking,
            code=code,
            action=PHONE,
        )

    def _over(self, request: Request, sso: SsoSession, how: str) -> Answer:
        return self._frame.pages.show(
            request,
            "login/qr_over.html",
            session=sso.id,
            signed_in_as=self._names.of(sso.person_id),
            title=self._frame.pages.text(request, f"qr.phone.{how}"),
            text=self._frame.pages.text(request, f"qr.phone.{how}.text"),
        )
