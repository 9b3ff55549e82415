"""C14, the pages of registering oneself: one question each, working without script, values kept."""

from typing import Final

from idp.audit.event import Place
from idp.ephemeral.box import Held
from idp.humanity.gate import Gate, Stopped
from idp.identifiers.document import DOCUMENT_NAMES
from idp.identifiers.masking import mask_document, mask_id_number, mask_ip, mask_mobile
from idp.registration.service import Created, Mistyped, NotCreated, SelfRegistration, TooYoung
from idp.registration.transaction import ORDER, Registration, Step
from idp.web import page_values as values
from idp.web.cookies import Cookie, Cookies
from idp.web.device import describe_device
from idp.web.exchange import Answer, Request, redirect
from idp.web.pages import Pages
from idp.web.routing import Auth, Route

PAGE: Final = "/register"
ROUTES: tuple[Route, ...] = (
    Route("/register", ("GET", "POST"), "registration.answer", Auth.BROWSER, "sign_in_page"),
)


class RegistrationViews:
    """`/register`."""

    def __init__(self, pages: Pages, cookies: Cookies, registration: SelfRegistration, gate: Gate) -> None:
        self._gate = gate
        self._pages = pages
        self._cookies = cookies
        self._registration = registration

    def answer(self, request: Request) -> Answer:
        """GET begins or shows the step that is due, or an earlier one (`step`); POST answers one."""
        if request.method == "POST":
            return self._post(request)
        id_ = request.query.get("registration")
        if id_ is None:
            browser, headers = self._pages.begin_browser(request)
            return redirect(
                _path(self._registration.begin(browser, request.query.get("transaction"))), headers
            )
        held = self._registration.find(id_, self._pages.browser_mark(request))
        if held is None:
            return self._lost(request)
        return self._page(request, id_, held.value, _chosen(held.value, request.query.get("step")))

    def _post(self, request: Request) -> Answer:
        form = self._pages.check_form(request)
        id_ = form.get("registration", "")
        held = self._registration.find(id_, self._pages.browser_mark(request))
        if held is None:
            return self._lost(request)
        step = _chosen(held.value, form.get("step"))
        if step is Step.PASSWORD:
            return self._complete(request, id_, held, form.get("password", ""))
        if step is Step.MOBILE and self._registration.mobile_fault(form.get("mobile", "")) is None:
            stopped = self._gate.stopped(request, form, held.value.browser)
            if stopped is not None:
                return self._page(request, id_, held.value, step, form, None, stopped)
        outcome = self._take(request, held, step, form)
        if isinstance(outcome, TooYoung):
            return self._pages.show(request, "registration/too_young.html", back=_path(id_))
        if isinstance(outcome, Mistyped):
            return self._page(request, id_, held.value, step, form, outcome)
        return redirect(_path(id_))

    def _take(
        self, request: Request, held: Held[Registration], step: Step, form: dict[str, str]
    ) -> Mistyped | TooYoung | None:
        source, language = request.client_address, self._pages.language(request)
        match step:
            case Step.DOCUMENT:
                return self._registration.document(held, form.get("kind", ""))
            case Step.IDENTITY:
                return self._registration.identify(
                    held, form.get("name", "")[:400], form.get("id_number", "")[:64]
                )
            case Step.MOBILE:
                return self._registration.mobile(held, form.get("mobile", ""), source, language)
        if form.get("again") == "yes":
            self._registration.send_again(held, source, language)
            return None
        return self._registration.code(held, form.get("code", "")[:40])

    def _complete(self, request: Request, id_: str, held: Held[Registration], password: str) -> Answer:
        place = Place(mask_ip(request.client_address), request.request_id)
        device = describe_device(request.header("user-agent"))
        outcome = self._registration.complete(held, password, place, request.client_address, device)
        if isinstance(outcome, Mistyped):
            return self._page(request, id_, held.value, Step.PASSWORD, None, outcome)
        login = held.value.login
        if isinstance(outcome, NotCreated):
            return self._pages.show(
                request,
                "registration/not_created.html",
                is_owner=outcome.is_owner,
                login_url=f"/login?transaction={login}" if login else "/login",
                again_url=_path(id_, Step.IDENTITY),
            )
        return self._created(request, outcome, login)

    def _created(self, request: Request, created: Created, login: str | None) -> Answer:
        cookie = (self._cookies.set(Cookie.SESSION, created.cookie, None),)
        return self._pages.show(
            request,
            "registration/created.html",
            headers=cookie,
            is_proved=created.is_proved,
            next_url=f"/login?transaction={login}" if login else "/account",
        )

    def _page(
        self,
        request: Request,
        id_: str,
        known: Registration,
        step: Step,
        form: dict[str, str] | None = None,
        fault: Mistyped | None = None,
        stopped: Stopped | None = None,
    ) -> Answer:
        if step is Step.DONE:
            return redirect("/account")
        typed = form or {}
        errors = [values.FieldError(fault.field, self._pages.text(request, fault.code))] if fault else []
        human = None
        if step is Step.MOBILE:
            human = stopped.challenge if stopped else self._gate.ask(request, known.browser)
        return self._pages.show(
            request,
            f"registration/{step.value}.html",
            status=400 if fault or stopped else 200,
            back=_path(id_, step),
            number=ORDER.index(step) + 1,
            total=len(ORDER),
            registration=id_,
            action=PAGE,
            errors=[*errors, stopped.error] if stopped else errors,
            human=human,
            another_url=_path(id_, step),
            back_url=_path(id_, ORDER[ORDER.index(step) - 1]) if step is not ORDER[0] else None,
            kind=typed.get("kind", known.id_kind or "111"),
            kinds=list(DOCUMENT_NAMES),
            name=typed.get("name", known.name or ""),
            id_number=typed.get("id_number", known.id_number or ""),
            mobile=typed.get("mobile", known.mobile or ""),
            masked_mobile=mask_mobile(known.mobile) if known.mobile else "",
            masked_number=_masked(known),
        )

    def _lost(self, request: Request) -> Answer:
        reason = "idle" if self._pages.browser_mark(request) else "cookies"
        return self._pages.show(request, "login/timed_out.html", status=400, application=None, reason=reason)


def _path(id_: str, step: Step | None = None) -> str:
    return f"{PAGE}?registration={id_}" + (f"&step={step.value}" if step else "")


def _chosen(known: Registration, asked: str | None) -> Step:
    """The step that is due, or an earlier one that was asked for; never a later one."""
    due = known.next
    if due is Step.DONE or asked not in {step.value for step in ORDER}:
        return due
    step = Step(asked)
    return step if ORDER.index(step) <= ORDER.index(due) else due


def _masked(known: Registration) -> str:
    number = known.id_number or ""
    return mask_id_number(number) if len(number) == 18 else mask_document(number)
