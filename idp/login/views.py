"""The pages of signing in by password, and the hub to all other ways (C01)."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.authenticators.evidence import Way
from idp.ephemeral.box import Held
from idp.humanity.gate import Gate, Stopped
from idp.login.by_password import ByPassword
from idp.login.frame import HOME, MORE, LoginFrame, at
from idp.login.organisation import LONGEST
from idp.login.organisation_views import HOME as CENTRE
from idp.login.organisation_views import OrganisationViews
from idp.login.outcomes import MethodPaused, Mistyped, Proved, WrongCredentials
from idp.login.policy import Next, next_step, raised
from idp.login.requirement import Requirement
from idp.login.service import Wishes
from idp.login.transaction import LoginTransaction
from idp.risk.service import Risk
from idp.sessions.store import SsoSession
from idp.web import page_values as values
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request, redirect
from idp.web.routing import Auth, Route

OTHER_ACCOUNT = "other"
PERSON = "person"
ORGANISATION = "organisation"
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
    is_shared: bool = False

    def __repr__(self) -> str:
        return "Typed(…)"


class LoginViews:
    """`/login`: the form, its answer, and “continue as” for a browser that is signed in already."""

    def __init__(
        self,
        frame: LoginFrame,
        by_password: ByPassword,
        organisations: OrganisationViews,
        has_passkeys: bool,
        has_ukeys: bool,
        risk: Risk,
        gate: Gate,
    ) -> None:
        self._risk = risk
        self._gate = gate
        self._has_ukeys = has_ukeys
        self._frame = frame
        self._by_password = by_password
        self._organisations = organisations
        self._has_passkeys = has_passkeys

    def answer(self, request: Request) -> Answer:
        """GET shows the form of a transaction, or begins one; POST answers it."""
        if request.method == "POST":
            return self._post(request)
        transaction_id = request.query.get("transaction")
        if transaction_id is None:
            return self.begin(request, Requirement(), CENTRE)
        return self._asked(request, transaction_id, PERSON)

    def organisation(self, request: Request) -> Answer:
        """E01: the same form for who acts for an organisation, or on to the choice of one for who is signed in."""
        transaction_id = request.query.get("transaction")
        if transaction_id is not None:
            return self._asked(request, transaction_id, ORGANISATION)
        sso = self._frame.session(request)
        if sso is not None:
            return redirect(self._organisations.home(sso))
        browser, headers = self._frame.pages.begin_browser(request)
        return redirect(_page(self._frame.login.begin(browser, Requirement(), CENTRE), ORGANISATION), headers)

    def begin(self, request: Request, requirement: Requirement, continuation: Continuation) -> Answer:
        """Send the browser to the form of a new transaction; other parts call this to have somebody sign in."""
        browser, headers = self._frame.pages.begin_browser(request)
        transaction_id = self._frame.login.begin(browser, requirement, continuation)
        prefer = self._frame.pages.prefer(request, requirement.ui_locales)
        return redirect(_page(transaction_id), headers + prefer)

    def resume(self, request: Request) -> Answer:
        """POST of “continue as”: go on with the session that stands, or show the form to somebody else."""
        form = self._frame.pages.check_form(request)
        transaction_id = form.get("transaction", "")
        held = self._frame.held(request, transaction_id)
        sso = self._frame.session(request)
        if held is None or sso is None:
            return self._frame.lost(request)
        if form.get("choice") == OTHER_ACCOUNT:
            return self._form(request, transaction_id, held, Typed())
        return redirect(self._frame.continuations.path(self._frame.login.resume(held)))

    def _asked(self, request: Request, transaction_id: str, kind: str) -> Answer:
        held = self._frame.opened(request, transaction_id)
        if isinstance(held, Answer):
            return held
        value = held.value
        sso = self._frame.session(request)
        proven = self._frame.login.proven(value, sso)
        step = next_step(raised(value.requirement, value.is_second_step), proven)
        if step is Next.NOTHING and sso is not None:
            return self._continue_page(request, transaction_id, held, sso)
        if step in {Next.MORE, Next.UNMET} and request.query.get("as") != OTHER_ACCOUNT:
            return redirect(at(MORE, transaction_id))
        return self._form(request, transaction_id, held, Typed(value.requirement.login_hint or "", kind))

    def _post(self, request: Request) -> Answer:
        form = self._frame.pages.check_form(request)
        transaction_id = form.get("transaction", "")
        held = self._frame.opened(request, transaction_id)
        if isinstance(held, Answer):
            return held
        typed = _typed(form)
        fault = self._organisations.fault(typed.code)
        if fault is not None:
            error = ("code", self._frame.pages.text(request, fault))
            return self._form(request, transaction_id, held, typed, error)
        if self._risk.is_stuffed(request.client_address):
            stopped = self._gate.stopped(request, form, held.value.browser)
            if stopped is not None:
                return self._form(request, transaction_id, held, typed, stopped=stopped)
        return self._check(request, transaction_id, held, typed, form.get("password", ""))

    def _check(
        self,
        request: Request,
        transaction_id: str,
        held: Held[LoginTransaction],
        typed: Typed,
        password: str,
    ) -> Answer:
        caller, text = self._frame.caller(request), self._frame.pages.text
        application = held.value.requirement.application_id
        checked = self._by_password.check(typed.identifier, password, caller, application)
        if isinstance(checked, Proved):
            wishes = Wishes(typed.code if typed.kind == ORGANISATION else None, is_shared=typed.is_shared)
            outcome = self._frame.login.accept(
                transaction_id, held.value.browser, checked, Way.PASSWORD, caller, wishes
            )
            return self._frame.concluded(request, transaction_id, outcome)
        self._frame.count(checked)
        match checked:
            case Mistyped(field, code):
                return self._form(request, transaction_id, held, typed, (field, text(request, code)))
            case WrongCredentials(tries_left):
                error = ("identifier", text(request, "cred.wrong"))
                return self._form(request, transaction_id, held, typed, error, tries_left)
            case MethodPaused():
                return self._frame.paused(request, transaction_id, checked)

    def _form(
        self,
        request: Request,
        transaction_id: str,
        held: Held[LoginTransaction],
        typed: Typed,
        error: tuple[str, str] | None = None,
        tries_left: int | None = None,
        stopped: Stopped | None = None,
    ) -> Answer:
        errors = (values.FieldError(*error),) if error else ()
        human = stopped.challenge if stopped is not None else self._human(request, held)
        if stopped is not None:
            errors = (*errors, stopped.error)
        return self._frame.pages.show(
            request,
            "login/sign_in.html",
            back=_page(transaction_id, typed.kind),
            application=self._frame.application(request, held),
            form=values.SignInForm(HOME, typed.identifier, errors, typed.kind, typed.code, typed.is_shared),
            tries_left=tries_left,
            human=human,
            transaction=transaction_id,
            has_passkeys=self._has_passkeys,
            has_ukeys=self._has_ukeys,
        )

    def _human(self, request: Request, held: Held[LoginTransaction]) -> str | None:
        """A proof of humanity where many people's passwords failed from this address; whose matters nothing (SEC-28)."""
        if not self._risk.is_stuffed(request.client_address):
            return None
        return self._gate.ask(request, held.value.browser)

    def _continue_page(
        self, request: Request, transaction_id: str, held: Held[LoginTransaction], sso: SsoSession
    ) -> Answer:
        return self._frame.pages.show(
            request,
            "login/continue.html",
            application=self._frame.application(request, held),
            name=self._frame.names.of(sso.person_id),
            action="/login/continue",
            transaction=transaction_id,
        )


def _page(transaction_id: str, kind: str = PERSON) -> str:
    return at(f"{HOME}/organisation" if kind == ORGANISATION else HOME, transaction_id)


def _typed(form: Mapping[str, str]) -> Typed:
    is_shared = form.get("shared") == "yes"
    if form.get("kind") != ORGANISATION:
        return Typed(form.get("identifier", ""), is_shared=is_shared)
    return Typed(form.get("identifier", ""), ORGANISATION, form.get("code", "")[:LONGEST], is_shared)
