"""The pages of signing in."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.accounts.names import MaskedNames
from idp.applications.service import Applications
from idp.applications.store import Application
from idp.audit.event import Place
from idp.ephemeral.box import Held
from idp.identifiers.masking import mask_ip
from idp.login.organisation import LONGEST
from idp.login.organisation_views import HOME, OrganisationViews
from idp.login.policy import Next, next_step
from idp.login.requirement import Requirement
from idp.login.service import Login, MethodPaused, Mistyped, PersonBarred, SignInDone, WrongCredentials
from idp.login.transaction import LoginTransaction, TransactionState
from idp.observe.metrics import Metrics
from idp.sessions.service import Sessions
from idp.sessions.store import SsoSession
from idp.storage.engine import Sql
from idp.web import page_values as values
from idp.web.continuation import Continuation, Continuations
from idp.web.cookies import Cookie, Cookies
from idp.web.device import describe_device
from idp.web.exchange import Answer, Headers, Request, redirect
from idp.web.failures import reference
from idp.web.pages import Pages
from idp.web.routing import Auth, Route

OTHER_ACCOUNT = "other"
PERSON = "person"
ORGANISATION = "organisation"
COUNTED_AS: dict[type, str] = {
    SignInDone: "accepted",
    Mistyped: "mistyped",
    WrongCredentials: "refused",
    MethodPaused: "paused",
    PersonBarred: "barred",
}
"""The outcome of a sign-in in the metrics."""
ROUTES: tuple[Route, ...] = (
    Route("/login", ("GET", "POST"), "login.answer", Auth.BROWSER, "sign_in_page"),
    Route("/login/organisation", ("GET",), "login.organisation", Auth.BROWSER, "sign_in_page"),
    Route("/login/continue", ("POST",), "login.resume", Auth.BROWSER, "sign_in_page"),
)


@dataclass(frozen=True, slots=True, repr=False)
class Typed:
    """What the form held, but for the password."""

    identifier: str = ""
    kind: str = PERSON
    code: str = ""

    def __repr__(self) -> str:
        return "Typed(…)"


class LoginViews:
    """`/login`: the form, its answer, and “continue as” for a browser that is signed in already."""

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
        self._sql = sql
        self._pages = pages
        self._cookies = cookies
        self._login = login
        self._sessions = sessions
        self._applications = applications
        self._continuations = continuations
        self._names = names
        self._metrics = metrics
        self._organisations = organisations

    def answer(self, request: Request) -> Answer:
        """GET shows the form of a transaction, or begins one; POST answers it."""
        if request.method == "POST":
            return self._post(request)
        transaction_id = request.query.get("transaction")
        if transaction_id is None:
            return self.begin(request, Requirement(), HOME)
        return self._asked(request, transaction_id, PERSON)

    def organisation(self, request: Request) -> Answer:
        """E01: the same form for who acts for an organisation, or on to the choice of one for who is signed in."""
        transaction_id = request.query.get("transaction")
        if transaction_id is not None:
            return self._asked(request, transaction_id, ORGANISATION)
        sso = self._session(request)
        if sso is not None:
            return redirect(self._organisations.home(sso))
        browser, headers = self._pages.begin_browser(request)
        return redirect(_page(self._login.begin(browser, Requirement(), HOME), ORGANISATION), headers)

    def _asked(self, request: Request, transaction_id: str, kind: str) -> Answer:
        held = self._login.find(transaction_id, self._pages.browser_mark(request))
        if held is None:
            return self._lost(request)
        if held.value.state is TransactionState.DONE:
            return redirect(self._continuations.path(held.value.continuation))
        sso = self._session(request)
        if sso is not None and next_step(held.value.requirement, sso) is Next.NOTHING:
            return self._continue_page(request, transaction_id, held, sso)
        typed = Typed(held.value.requirement.login_hint or "", kind)
        return self._form(request, transaction_id, held, typed)

    def begin(self, request: Request, requirement: Requirement, continuation: Continuation) -> Answer:
        """Send the browser to the form of a new transaction; other parts call this to have somebody sign in."""
        browser, headers = self._pages.begin_browser(request)
        transaction_id = self._login.begin(browser, requirement, continuation)
        return redirect(_page(transaction_id), headers + self._pages.prefer(request, requirement.ui_locales))

    def resume(self, request: Request) -> Answer:
        """POST of “continue as”: go on with the session that stands, or show the form to somebody else."""
        form = self._pages.check_form(request)
        transaction_id = form.get("transaction", "")
        held = self._login.find(transaction_id, self._pages.browser_mark(request))
        sso = self._session(request)
        if held is None or sso is None:
            return self._lost(request)
        if form.get("choice") == OTHER_ACCOUNT:
            return self._form(request, transaction_id, held, Typed())
        return redirect(self._continuations.path(self._login.resume(held)))

    def _post(self, request: Request) -> Answer:
        form = self._pages.check_form(request)
        transaction_id = form.get("transaction", "")
        held = self._login.find(transaction_id, self._pages.browser_mark(request))
        if held is None:
            return self._lost(request)
        if held.value.state is TransactionState.DONE:
            return redirect(self._continuations.path(held.value.continuation))
        typed = _typed(form)
        fault = self._organisations.fault(typed.code)
        if fault is not None:
            error = ("code", self._pages.text(request, fault))
            return self._form(request, transaction_id, held, typed, error)
        return self._check(request, transaction_id, held, typed, form.get("password", ""))

    def _check(
        self,
        request: Request,
        transaction_id: str,
        held: Held[LoginTransaction],
        typed: Typed,
        password: str,
    ) -> Answer:
        outcome = self._login.answer(
            held,
            typed.identifier,
            password,
            Place(mask_ip(request.client_address), request.request_id),
            request.client_address,
            describe_device(request.header("user-agent")),
            self._cookies.read(request, Cookie.SESSION),
        )
        self._metrics.signin(COUNTED_AS[type(outcome)])
        match outcome:
            case SignInDone(continuation, cookie):
                headers: Headers = (self._cookies.set(Cookie.SESSION, cookie, None),) if cookie else ()
                path = self._continuations.path(continuation)
                if typed.kind == ORGANISATION and cookie:
                    path = self._organisations.lead(request, transaction_id, cookie, typed.code, continuation)
                return redirect(path, headers)
            case Mistyped(field, code):
                return self._form(
                    request, transaction_id, held, typed, (field, self._pages.text(request, code))
                )
            case WrongCredentials(tries_left):
                error = ("identifier", self._pages.text(request, "cred.wrong"))
                return self._form(request, transaction_id, held, typed, error, tries_left)
            case MethodPaused() | PersonBarred():
                return self._paused(request, transaction_id, held, outcome)

    def _form(
        self,
        request: Request,
        transaction_id: str,
        held: Held[LoginTransaction],
        typed: Typed,
        error: tuple[str, str] | None = None,
        tries_left: int | None = None,
    ) -> Answer:
        errors = (values.FieldError(*error),) if error else ()
        return self._pages.show(
            request,
            "login/sign_in.html",
            back=_page(transaction_id, typed.kind),
            application=self._application(request, held),
            form=values.SignInForm("/login", typed.identifier, errors, typed.kind, typed.code),
            tries_left=tries_left,
            paused=None,
            notice=None,
            transaction=transaction_id,
        )

    def _continue_page(
        self, request: Request, transaction_id: str, held: Held[LoginTransaction], sso: SsoSession
    ) -> Answer:
        return self._pages.show(
            request,
            "login/continue.html",
            application=self._application(request, held),
            name=self._names.of(sso.person_id),
            action="/login/continue",
            transaction=transaction_id,
        )

    def _paused(
        self,
        request: Request,
        transaction_id: str,
        held: Held[LoginTransaction],
        outcome: MethodPaused | PersonBarred,
    ) -> Answer:
        paused = None
        if isinstance(outcome, MethodPaused):
            paused = values.PausedUntil(self._pages.text(request, "login.method.password"), outcome.until)
        return self._pages.show(
            request,
            "login/paused.html",
            back=_page(transaction_id),
            application=self._application(request, held),
            paused=paused,
            retry_url=_page(transaction_id) if paused else None,
            reference=reference(request),
        )

    def _lost(self, request: Request) -> Answer:
        """The transaction has ended or is another browser's, or this browser keeps no cookies."""
        reason = "idle" if self._pages.browser_mark(request) else "cookies"
        return self._pages.show(request, "login/timed_out.html", status=400, application=None, reason=reason)

    def _session(self, request: Request) -> SsoSession | None:
        cookie = self._cookies.read(request, Cookie.SESSION)
        if cookie is None:
            return None
        with self._sql.once() as db:
            return self._sessions.find(db, cookie)

    def _application(self, request: Request, held: Held[LoginTransaction]) -> values.Application | None:
        found = self._applications.find(held.value.requirement.application_id)
        return shown(found, self._pages.language(request)) if found else None


def _page(transaction_id: str, kind: str = PERSON) -> str:
    return f"/login{'/organisation' if kind == ORGANISATION else ''}?transaction={transaction_id}"


def _typed(form: Mapping[str, str]) -> Typed:
    if form.get("kind") != ORGANISATION:
        return Typed(form.get("identifier", ""))
    return Typed(form.get("identifier", ""), ORGANISATION, form.get("code", "")[:LONGEST])


def shown(application: Application, language: str) -> values.Application:
    """An application as pages show it."""
    return values.Application(
        application.name_in(language), application.department_in(language), application.home_url
    )
