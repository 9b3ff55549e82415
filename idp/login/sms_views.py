"""C02, a code by text message: the number for who comes first by it, the code for everybody."""

from typing import Final

from idp.accounts.store import Person, PersonStore
from idp.authenticators.evidence import Way
from idp.humanity.gate import Gate, Stopped
from idp.identifiers.masking import mask_mobile
from idp.login.by_code import BySms
from idp.login.frame import LoginFrame, Visit, at
from idp.login.outcomes import Mistyped, Proved
from idp.web import page_values as values
from idp.web.exchange import Answer, Request, redirect
from idp.web.routing import Auth, Route

PAGE: Final = "/login/sms"
TOLD_BELOW: Final = 8
"""From the third miss on it is told how many tries are left (ux.md §1.4 rule 9)."""
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
        visit = self._frame.entered(request)
        if isinstance(visit, Answer):
            return visit
        challenge, person = visit.fields.get("challenge", ""), self._known(visit)
        if not visit.is_post:
            return self._page(visit, person, challenge)
        if not challenge:
            return self._begin(visit, person)
        if visit.fields.get("again") == "yes":
            language = self._frame.pages.language(request)
            self._by_sms.again(challenge, visit.transaction_id, self._frame.caller(request), language)
            return redirect(f"{_at(visit, challenge)}&sent=again")
        return self._check(visit, person, challenge)

    def send(self, visit: Visit, person: Person) -> Answer:
        """Send a code to a person who is known, and on to the page for it."""
        language, caller = self._frame.pages.language(visit.request), self._frame.caller(visit.request)
        return redirect(_at(visit, self._by_sms.begin_for(person, visit.transaction_id, caller, language)))

    def _begin(self, visit: Visit, person: Person | None) -> Answer:
        if person is not None:
            return self.send(visit, person)
        typed = visit.fields.get("identifier", "")[:64]
        number = self._by_sms.detect(typed)
        if isinstance(number, Mistyped):
            self._frame.count(number)
            return self._page(visit, None, "", typed, (number.field, number.code))
        stopped = self._gate.stopped(visit.request, visit.fields, visit.value.browser)
        if stopped is not None:
            return self._page(visit, None, "", typed, stopped=stopped)
        language, caller = self._frame.pages.language(visit.request), self._frame.caller(visit.request)
        return redirect(_at(visit, self._by_sms.begin(number, visit.transaction_id, caller, language)))

    def _check(self, visit: Visit, person: Person | None, challenge: str) -> Answer:
        caller, typed = self._frame.caller(visit.request), visit.fields.get("code", "")[:40]
        checked = self._by_sms.check(challenge, visit.transaction_id, typed, caller, visit.application_id)
        if isinstance(checked, Proved):
            return self._frame.take(visit, checked, Way.SMS)
        self._frame.count(checked)
        if isinstance(checked, Mistyped):
            return self._page(visit, person, challenge, "", (checked.field, checked.code))
        fault = "code.bad" if checked.tries_left else "code.over"
        return self._page(visit, person, challenge, "", ("code", fault), checked.tries_left)

    def _known(self, visit: Visit) -> Person | None:
        """The person who has proved something already and has a number, where more is wanted of him."""
        if visit.known is None:
            return None
        with self._frame.sql.once() as db:
            person = self._persons.find(db, visit.known.person_id)
        return person if person is not None and person.mobile is not None else None

    def _page(
        self,
        visit: Visit,
        person: Person | None,
        challenge: str,
        typed: str = "",
        fault: tuple[str, str] | None = None,
        tries_left: int | None = None,
        stopped: Stopped | None = None,
    ) -> Answer:
        request, text = visit.request, self._frame.pages.text
        errors = [values.FieldError(fault[0], text(request, fault[1]))] if fault else []
        human = stopped.challenge if stopped is not None else None
        if human is None and not challenge and person is None:
            human = self._gate.ask(request, visit.value.browser)
        return self._frame.show(
            visit,
            "login/sms.html",
            PAGE,
            back=_at(visit, challenge),
            challenge=challenge or None,
            masked=mask_mobile(person.mobile) if person is not None and person.mobile else None,
            identifier=typed,
            is_sent_again=not visit.is_post and visit.fields.get("sent") == "again",
            errors=[*errors, stopped.error] if stopped is not None else errors,
            human=human,
            another_url=at(PAGE, visit.transaction_id),
            tries_left=tries_left if tries_left and tries_left < TOLD_BELOW else None,
            may_trust=visit.may_trust,
        )


def _at(visit: Visit, challenge: str) -> str:
    page = at(PAGE, visit.transaction_id)
    return f"{page}&challenge={challenge}" if challenge else page
