"""C02, a code by text message: the number for who comes first by it, the code for everybody."""

from typing import Final

from idp.accounts.store import Person, PersonStore
from idp.authenticators.evidence import Way
from idp.humanity.gate import Gate, Stopped
from idp.identifiers.masking import mask_mobile
from idp.login.by_code import BySms
from idp.login.frame import HOME, MORE, LoginFrame, at
from idp.login.outcomes import Mistyped, Proved, WrongCredentials
from idp.login.policy import Next, next_step
from idp.login.service import Wishes
from idp.login.transaction import LoginTransaction, TransactionState
from idp.web import page_values as values
from idp.web.exchange import Answer, Request, redirect
from idp.web.routing import Auth, Route

PAGE: Final = "/login/sms"
ROUTES: tuple[Route, ...] = (Route(PAGE, ("GET", "POST"), "login_sms.answer", Auth.BROWSER, "sign_in_page"),)


class SmsViews:
    """`/login/sms`."""

    def __init__(self, frame: LoginFrame, by_sms: BySms, persons: PersonStore, gate: Gate) -> None:
        self._gate = gate
        self._frame = frame
        self._by_sms = by_sms
        self._persons = persons

    def answer(self, request: Request) -> Answer:
        """GET asks for the number, or with a challenge for its code; POST takes either, or sends once more."""
        is_post = request.method == "POST"
        fields = self._frame.pages.check_form(request) if is_post else request.query
        transaction_id, challenge = fields.get("transaction", ""), fields.get("challenge", "")
        held = self._frame.held(request, transaction_id)
        if held is None:
            return self._frame.lost(request)
        if held.value.state is TransactionState.DONE:
            return redirect(self._frame.continuations.path(held.value.continuation))
        if not is_post:
            return self._page(request, transaction_id, held.value, challenge)
        if not challenge:
            return self._begin(request, transaction_id, held.value, fields)
        if fields.get("again") == "yes":
            language = self._frame.pages.language(request)
            self._by_sms.again(challenge, transaction_id, self._frame.caller(request), language)
            return redirect(f"{at(PAGE, transaction_id)}&challenge={challenge}&sent=again")
        return self._check(request, transaction_id, held.value, challenge, fields)

    def send(self, request: Request, transaction_id: str, person: Person) -> Answer:
        """Send a code to a person who is known, and on to the page for it."""
        language = self._frame.pages.language(request)
        caller = self._frame.caller(request)
        challenge = self._by_sms.begin_for(person, transaction_id, caller, language)
        return redirect(f"{at(PAGE, transaction_id)}&challenge={challenge}")

    def _begin(
        self, request: Request, transaction_id: str, value: LoginTransaction, fields: dict[str, str]
    ) -> Answer:
        person, typed = self._known(request, value), fields.get("identifier", "")[:64]
        if person is not None:
            return self.send(request, transaction_id, person)
        fault = self._by_sms.fault(typed)
        if fault is not None:
            self._frame.counted(fault)
            return self._page(request, transaction_id, value, "", typed, (fault.field, fault.code))
        stopped = self._gate.stopped(request, fields, value.browser)
        if stopped is not None:
            return self._page(request, transaction_id, value, "", typed, stopped=stopped)
        language = self._frame.pages.language(request)
        begun = self._by_sms.begin(typed, transaction_id, self._frame.caller(request), language)
        if isinstance(begun, Mistyped):
            self._frame.counted(begun)
            return self._page(request, transaction_id, value, "", typed, (begun.field, begun.code))
        return redirect(f"{at(PAGE, transaction_id)}&challenge={begun}")

    def _check(
        self,
        request: Request,
        transaction_id: str,
        value: LoginTransaction,
        challenge: str,
        fields: dict[str, str],
    ) -> Answer:
        caller, application = self._frame.caller(request), value.requirement.application_id
        typed = fields.get("code", "")[:40]
        checked = self._by_sms.check(challenge, transaction_id, typed, caller, application)
        if isinstance(checked, Proved):
            wishes = Wishes(is_trusting=fields.get("trust") == "yes")
            outcome = self._frame.login.accept(
                transaction_id, value.browser, checked, Way.SMS, caller, wishes=wishes
            )
            return self._frame.concluded(request, transaction_id, outcome)
        self._frame.counted(checked)
        if isinstance(checked, Mistyped):
            return self._page(request, transaction_id, value, challenge, "", (checked.field, checked.code))
        fault = "code.bad" if checked.tries_left else "code.over"
        return self._page(request, transaction_id, value, challenge, "", ("code", fault), checked)

    def _known(self, request: Request, value: LoginTransaction) -> Person | None:
        """The person who has proved something already and has a number, where more is wanted of him."""
        proven = self._frame.login.proven(value, self._frame.session(request))
        if proven is None or next_step(value.requirement, proven) is Next.SIGN_IN:
            return None
        with self._frame.sql.once() as db:
            person = self._persons.find(db, proven.person_id)
        return person if person is not None and person.mobile is not None else None

    def _page(
        self,
        request: Request,
        transaction_id: str,
        value: LoginTransaction,
        challenge: str,
        typed: str = "",
        fault: tuple[str, str] | None = None,
        wrong: WrongCredentials | None = None,
        stopped: Stopped | None = None,
    ) -> Answer:
        held = self._frame.held(request, transaction_id)
        text, person = self._frame.pages.text, self._known(request, value)
        errors = [values.FieldError(fault[0], text(request, fault[1]))] if fault else []
        human = None
        if not challenge and person is None:
            human = stopped.challenge if stopped is not None else self._gate.ask(request, value.browser)
        return self._frame.pages.show(
            request,
            "login/sms.html",
            back=f"{at(PAGE, transaction_id)}&challenge={challenge}"
            if challenge
            else at(PAGE, transaction_id),
            application=self._frame.application(request, held) if held else None,
            challenge=challenge or None,
            masked=mask_mobile(person.mobile) if person is not None and person.mobile else None,
            identifier=typed,
            is_sent_again=request.method == "GET" and request.query.get("sent") == "again",
            errors=[*errors, stopped.error] if stopped is not None else errors,
            human=human,
            another_url=at(PAGE, transaction_id),
            tries_left=wrong.tries_left if wrong is not None and (wrong.tries_left or 9) < 8 else None,
            may_trust=value.person_id is not None,
            transaction=transaction_id,
            action=PAGE,
            other_url=at(MORE if person is not None else HOME, transaction_id),
        )
