"""What every page of signing in begins and ends with: the transaction, who answers, what an outcome leads to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from idp.accounts.names import MaskedNames
from idp.applications.service import Applications
from idp.applications.store import Application
from idp.audit.event import Place
from idp.authenticators.evidence import Way
from idp.ephemeral.box import Held
from idp.identifiers.masking import mask_ip
from idp.login.organisation_views import OrganisationViews
from idp.login.outcomes import (
    Accepted,
    Caller,
    MethodPaused,
    Mistyped,
    MoreNeeded,
    OtherPerson,
    PersonBarred,
    Proved,
    SignInDone,
    SignInOutcome,
    TooUnusual,
    TransactionLost,
    WrongCredentials,
)
from idp.login.policy import counted
from idp.login.requirement import Proven
from idp.login.service import Login, Wishes
from idp.login.transaction import LoginTransaction, TransactionState
from idp.observe.metrics import Metrics
from idp.sessions.service import Sessions
from idp.sessions.store import SsoSession
from idp.storage.engine import Sql
from idp.web import page_values as values
from idp.web.continuation import Continuations
from idp.web.cookies import Cookie, Cookies
from idp.web.device import describe_device
from idp.web.exchange import Answer, Headers, Request, redirect
from idp.web.failures import reference
from idp.web.headers import PAGE_HEADERS
from idp.web.pages import Pages

HOME: Final = "/login"
MORE: Final = "/login/more"
DEVICE_SECONDS: Final = 400 * 86_400
"""How long a browser keeps the name of its device: as long as browsers keep anything (RFC 6265bis §5.5)."""
COUNTED_AS: Final[dict[type, str]] = {
    SignInDone: "accepted",
    MoreNeeded: "more",
    Mistyped: "mistyped",
    WrongCredentials: "refused",
    MethodPaused: "paused",
    PersonBarred: "barred",
    OtherPerson: "other_person",
    TooUnusual: "too_unusual",
    TransactionLost: "lost",
}
"""The outcome of a sign-in in the metrics."""


def at(page: str, transaction_id: str) -> str:
    """The address of a page of signing in, for one transaction."""
    return f"{page}?transaction={transaction_id}"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to a page of signing in: its open transaction, its fields (checked where they are a form's), and who has
    proved something already that counts."""

    request: Request
    transaction_id: str
    held: Held[LoginTransaction]
    fields: Mapping[str, str]
    known: Proven | None

    @property
    def value(self) -> LoginTransaction:
        """The transaction."""
        return self.held.value

    @property
    def is_post(self) -> bool:
        """Whether a form was sent."""
        return self.request.method == "POST"

    @property
    def wishes(self) -> Wishes:
        """What was ticked beside the proof."""
        return Wishes(
            is_trusting=self.fields.get("trust") == "yes", is_shared=self.fields.get("shared") == "yes"
        )

    @property
    def may_trust(self) -> bool:
        """Whether the device can be trusted: by who proved something already, and did not call it shared."""
        return self.value.person_id is not None and not self.value.is_shared

    @property
    def application_id(self) -> str | None:
        """The application that asks."""
        return self.value.requirement.application_id


class LoginFrame:
    """Shared by the pages of all ways."""

    def __init__(
        self,
        sql: Sql,
        pages: Pages,
        cookies: Cookies,
        login: Login,
        sessions: Sessions,
        applications: Applications,
        continuations: Continuations,
        names: MaskedNames,
        metrics: Metrics,
        organisations: OrganisationViews,
    ) -> None:
        self._organisations = organisations
        self.sql = sql
        self.pages = pages
        self.cookies = cookies
        self.login = login
        self.sessions = sessions
        self.continuations = continuations
        self.names = names
        self._applications = applications
        self._metrics = metrics

    def held(self, request: Request, transaction_id: str) -> Held[LoginTransaction] | None:
        """The transaction of this browser, or None."""
        return self.login.find(transaction_id, self.pages.browser_mark(request))

    def caller(self, request: Request) -> Caller:
        """Who answers."""
        return Caller(
            Place(mask_ip(request.client_address), request.request_id),
            request.client_address,
            describe_device(request.header("user-agent")),
            self.cookies.read(request, Cookie.SESSION),
            self.cookies.read(request, Cookie.DEVICE),
        )

    def session(self, request: Request) -> SsoSession | None:
        """The usable session of this browser, or None."""
        cookie = self.cookies.read(request, Cookie.SESSION)
        if cookie is None:
            return None
        with self.sql.once() as db:
            return self.sessions.find(db, cookie)

    def opened(self, request: Request, transaction_id: str) -> Held[LoginTransaction] | Answer:
        """The open transaction of this browser, or where to go without one."""
        held = self.held(request, transaction_id)
        if held is None:
            return self.lost(request)
        if held.value.state is TransactionState.DONE:
            return redirect(self.continuations.path(held.value.continuation))
        return held

    def entered(self, request: Request) -> Visit | Answer:
        """How every page of a way begins: the form checked, the transaction open. Raises RequestRefused."""
        fields = self.pages.check_form(request) if request.method == "POST" else request.query
        transaction_id = fields.get("transaction", "")
        held = self.opened(request, transaction_id)
        if isinstance(held, Answer):
            return held
        proven = self.login.proven(held.value, self.session(request))
        known = proven if counted(held.value.requirement, proven) else None
        return Visit(request, transaction_id, held, fields, known)

    def take(self, visit: Visit, proved: Proved, way: Way, at: float | None = None) -> Answer:
        """Take a right proof, and go where it leads: on, to one more, or to the page that says why not."""
        outcome = self.login.accept(
            visit.transaction_id,
            visit.value.browser,
            proved,
            way,
            self.caller(visit.request),
            visit.wishes,
            at,
        )
        return self.concluded(visit.request, visit.transaction_id, outcome)

    def show(
        self,
        visit: Visit,
        template: str,
        page: str,
        *,
        status: int = 200,
        page_headers: Headers = PAGE_HEADERS,
        back: str = "",
        **values: Any,
    ) -> Answer:
        """The page of a way; its form goes to `page`, and other ways are a link away."""
        return self.pages.show(
            visit.request,
            template,
            status=status,
            page_headers=page_headers,
            back=back or at(page, visit.transaction_id),
            application=self.application(visit.request, visit.held),
            transaction=visit.transaction_id,
            action=page,
            other_url=at(HOME if visit.known is None else MORE, visit.transaction_id),
            **values,
        )

    def count(self, outcome: SignInOutcome) -> None:
        """Count an outcome in the metrics."""
        self._metrics.signin(COUNTED_AS[type(outcome)])

    def concluded(self, request: Request, transaction_id: str, outcome: Accepted) -> Answer:
        """Where a right proof leads: on, to one more, or to the page that says why not."""
        self.count(outcome)
        match outcome:
            case SignInDone(continuation, cookie, device_cookie, code):
                path = self.continuations.path(continuation)
                if code is not None and cookie:
                    path = self._organisations.lead(request, transaction_id, cookie, code, continuation)
                return redirect(path, self._cookies_of(cookie, device_cookie))
            case MoreNeeded():
                return redirect(at(MORE, transaction_id))
            case PersonBarred():
                return self.paused(request, transaction_id, None)
            case OtherPerson():
                return self.other_person(request, transaction_id)
            case TooUnusual(until):
                return self.too_unusual(request, transaction_id, until)
            case TransactionLost():
                return self.lost(request)

    def _cookies_of(self, cookie: str | None, device_cookie: str | None) -> Headers:
        session: Headers = (self.cookies.set(Cookie.SESSION, cookie, None),) if cookie else ()
        if device_cookie is None:
            return session
        return (*session, self.cookies.set(Cookie.DEVICE, device_cookie, DEVICE_SECONDS))

    def paused(
        self, request: Request, transaction_id: str, outcome: MethodPaused | None, way: Way = Way.PASSWORD
    ) -> Answer:
        """C12: the way rests for now, or the person is held; `outcome` None is the latter."""
        held = self.held(request, transaction_id)
        rest = None
        if outcome is not None:
            rest = values.PausedUntil(self.pages.text(request, f"login.method.{way.value}"), outcome.until)
        return self.pages.show(
            request,
            "login/paused.html",
            back=at(HOME, transaction_id),
            application=self.application(request, held) if held else None,
            paused=rest,
            retry_url=at(HOME, transaction_id) if rest else None,
            reference=reference(request),
        )

    def other_person(self, request: Request, transaction_id: str) -> Answer:
        """The proof was somebody else's than the one who was asked for."""
        return self._stopped(request, transaction_id, "login/other_person.html", 409)

    def too_unusual(self, request: Request, transaction_id: str, until: datetime | None) -> Answer:
        """C12: the proof was right, but so much is unusual that it waits, or does not count from here."""
        return self._stopped(request, transaction_id, "login/too_unusual.html", 403, until=until)

    def _stopped(
        self, request: Request, transaction_id: str, template: str, status: int, **values: Any
    ) -> Answer:
        """A page that says why a right proof opens nothing, with the way back to the start and a reference."""
        held = self.held(request, transaction_id)
        return self.pages.show(
            request,
            template,
            status=status,
            application=self.application(request, held) if held else None,
            retry_url=at(HOME, transaction_id),
            reference=reference(request),
            **values,
        )

    def lost(self, request: Request) -> Answer:
        """C13: the transaction has ended or is another browser's, or this browser keeps no cookies."""
        reason = "idle" if self.pages.browser_mark(request) else "cookies"
        return self.pages.show(request, "login/timed_out.html", status=400, application=None, reason=reason)

    def application(self, request: Request, held: Held[LoginTransaction]) -> values.Application | None:
        """The application that a sign-in leads to, as pages show it."""
        found = self._applications.find(held.value.requirement.application_id)
        return shown(found, self.pages.language(request)) if found else None


def shown(application: Application, language: str) -> values.Application:
    """An application as pages show it."""
    return values.Application(
        application.name_in(language), application.department_in(language), application.home_url
    )
