"""What follows from an unusual sign-in: a second step, a pause before it, or a refusal of which its person is told."""

from collections.abc import Sequence

from idp.accounts.store import PersonStore
from idp.audit.event import Outcome
from idp.audit.service import Audit
from idp.devices.store import Device
from idp.login.outcomes import Caller, TooUnusual
from idp.notify.service import Notices
from idp.risk.events import SignInWeighed
from idp.risk.service import Risk
from idp.risk.weigh import Action, Weighed
from idp.storage.engine import Sql


class Caution:
    """Acts on what the weighing of risk says; it only ever asks for more."""

    def __init__(self, sql: Sql, audit: Audit, risk: Risk, persons: PersonStore, notices: Notices) -> None:
        self._sql = sql
        self._audit = audit
        self._risk = risk
        self._persons = persons
        self._notices = notices

    def weigh(self, person_id: str, caller: Caller, devices: Sequence[Device], is_known: bool) -> Weighed:
        """How unusual a right proof of a person is."""
        return self._risk.weigh(person_id, caller.source, caller.place.source, devices, is_known)

    def signed_in(self, person_id: str) -> None:
        """Count a sign-in that was let in."""
        self._risk.signed_in(person_id)

    def stop(
        self,
        weighed: Weighed,
        person_id: str,
        caller: Caller,
        application: str | None,
        *,
        may_raise: bool,
        is_noted: bool,
    ) -> TooUnusual | None:
        """Whether a proof that is unusual does not count now. Who has nothing for a second step waits instead of failing
        for good. The auditor reads why, once for a transaction (`is_noted`: it was), and of every refusal.
        """
        if not is_noted or weighed.action is Action.REFUSE:
            self._note(weighed, person_id, caller, application)
        if weighed.action is Action.REFUSE:
            self._tell(person_id, caller)
            return TooUnusual(None)
        if weighed.action is Action.SLOW or not may_raise:
            until = self._risk.wait_until(person_id, caller.source)
            return TooUnusual(until) if until is not None else None
        return None

    def _note(self, weighed: Weighed, person_id: str, caller: Caller, application: str | None) -> None:
        is_refused = weighed.action is Action.REFUSE
        self._audit.note(
            SignInWeighed(
                actor=f"person:{person_id}",
                object="session",
                place=caller.place,
                outcome=Outcome.REFUSED if is_refused else Outcome.DONE,
                action=weighed.action.value,
                score=weighed.score,
                signals=weighed.text,
                application=application,
                device=caller.device,
            )
        )

    def _tell(self, person_id: str, caller: Caller) -> None:
        if not self._risk.may_tell(person_id):
            return
        with self._sql.begin() as db:
            person = self._persons.find(db, person_id)
            if person is not None:
                self._notices.tell(db, "sign_in_refused", person.mobile, person_id, device=caller.device)
