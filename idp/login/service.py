"""Signing in: begin a transaction, take proofs towards it, finish with a session once they are enough."""

from dataclasses import dataclass, replace
from typing import Final

from idp.accounts.life.closing import Closing
from idp.accounts.models import PersonState
from idp.accounts.store import PersonStore, is_state_usable
from idp.audit.service import Audit
from idp.authenticators.evidence import Evidence, Way, is_twofold, joined
from idp.clock import Clock
from idp.devices.service import Devices
from idp.ephemeral.box import Box, Held
from idp.login.caution import Caution
from idp.login.events import SignedIn
from idp.login.outcomes import (
    Accepted,
    Caller,
    MoreNeeded,
    OtherPerson,
    PersonBarred,
    Proved,
    SignInDone,
    TransactionLost,
)
from idp.login.policy import Next, next_step, raised
from idp.login.requirement import Proven, Requirement
from idp.login.transaction import LoginTransaction, TransactionState
from idp.login.tries import Tries
from idp.login.ways import PersonWays
from idp.notify.service import Notices
from idp.risk.weigh import Action, Weighed
from idp.sessions.service import Sessions
from idp.sessions.store import SsoSession
from idp.storage.engine import Db, Sql
from idp.web.continuation import Continuation

RACES: Final = 5
"""How often a proof is taken anew because another tab changed the transaction at the same moment."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person ticked or typed beside a proof; None leaves what stands."""

    organisation_code: str | None = None
    is_trusting: bool = False
    is_shared: bool = False


NO_WISHES: Final = Wishes()


@dataclass(frozen=True, slots=True)
class _Found:
    """What one look at the database tells about a sign-in: the session there is, and what the person has."""

    before: SsoSession | None
    is_second_step: bool
    ways: tuple[Way, ...]
    weighed: Weighed


class Login:
    """The way in for everybody."""

    def __init__(
        self,
        sql: Sql,
        clock: Clock,
        audit: Audit,
        transactions: Box[LoginTransaction],
        sessions: Sessions,
        tries: Tries,
        ways: PersonWays,
        closing: Closing,
        devices: Devices,
        persons: PersonStore,
        notices: Notices,
        caution: Caution,
    ) -> None:
        self._caution = caution
        self._devices = devices
        self._persons = persons
        self._notices = notices
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._transactions = transactions
        self._sessions = sessions
        self._tries = tries
        self._ways = ways
        self._closing = closing

    def begin(self, browser: str, requirement: Requirement, continuation: Continuation) -> str:
        """Open a transaction for this browser and return its id."""
        return self._transactions.new(LoginTransaction(browser, requirement, continuation))

    def find(self, transaction_id: str, browser: str) -> Held[LoginTransaction] | None:
        """The transaction, if this browser began it."""
        held = self._transactions.find(transaction_id) if browser else None
        return held if held is not None and held.value.browser == browser else None

    def resume(self, held: Held[LoginTransaction]) -> Continuation:
        """Go on with the session that this browser has already: the transaction is done."""
        self._transactions.swap(held, replace(held.value, state=TransactionState.DONE))
        return held.value.continuation

    def proven(self, value: LoginTransaction, sso: SsoSession | None) -> Proven | None:
        """What was proved so far: in the transaction, and in the session of its browser where that is the same person's."""
        if value.person_id is not None:
            return _proven(value.person_id, value.evidence, sso)
        return Proven(sso.person_id, sso.proofs) if sso is not None else None

    def accept(
        self,
        transaction_id: str,
        browser: str,
        proved: Proved,
        way: Way,
        caller: Caller,
        wishes: Wishes = NO_WISHES,
        at: float | None = None,
    ) -> Accepted:
        """Take a proof towards a transaction. A session is opened only if the proofs are all that is asked for.

        The caller has checked the proof; whether it is enough is for the policy alone. `at` is when it was given, where that
        was not just now.
        """
        evidence = Evidence(way, self._clock.timestamp() if at is None else at)
        for _ in range(RACES):
            held = self.find(transaction_id, browser)
            if held is None:
                return TransactionLost()
            if held.value.state is TransactionState.DONE:
                return SignInDone(held.value.continuation, None)
            outcome = self._take(held, proved, evidence, caller, wishes)
            if outcome is not None:
                return outcome
        return TransactionLost()

    def _take(
        self,
        held: Held[LoginTransaction],
        proved: Proved,
        evidence: Evidence,
        caller: Caller,
        wishes: Wishes,
    ) -> Accepted | None:
        """None when another tab changed the transaction meanwhile."""
        value, person_id = held.value, proved.person_id
        application = value.requirement.application_id
        if not is_state_usable(proved.state) and proved.state is not PersonState.CLOSING:
            self._tries.note(person_id, evidence.way, proved.state.value, caller, application)
            return PersonBarred(proved.state)
        if value.requirement.person_id not in {None, person_id}:
            self._tries.note(person_id, evidence.way, "other_person", caller, application)
            return OtherPerson()
        is_same = value.person_id == person_id
        proofs = joined(value.evidence if is_same else (), (evidence,))
        found = self._found(person_id, caller)
        proven = _proven(person_id, proofs, found.before)
        unusual = is_same and value.is_unusual
        if found.weighed.action is not Action.NOTHING:
            may_raise = self._may_raise(value.requirement, found, proven)
            stopped = self._caution.stop(
                found.weighed, person_id, caller, application, may_raise=may_raise, is_noted=unusual
            )
            if stopped is not None:
                return stopped
            unusual = unusual or may_raise
        second = unusual or found.is_second_step or (is_same and value.is_second_step)
        step = next_step(raised(value.requirement, second), proven)
        kept = replace(
            value,
            person_id=person_id,
            evidence=proofs,
            is_second_step=second,
            is_unusual=unusual,
            is_trusting=wishes.is_trusting or (is_same and value.is_trusting),
            is_shared=wishes.is_shared or value.is_shared,
            organisation_code=value.organisation_code
            if wishes.organisation_code is None
            else wishes.organisation_code,
        )
        if step is Next.NOTHING:
            return self._finish(held, kept, proved.state, found.before, caller)
        return MoreNeeded() if self._transactions.swap(held, kept) else None

    def _found(self, person_id: str, caller: Caller) -> _Found:
        with self._sql.once() as db:
            before = self._sessions.find(db, caller.session)
            wants = self._ways.wants_second_step(db, person_id)
            devices = self._devices.list_of(db, person_id)
        ways: tuple[Way, ...] = ()
        device = self._devices.among(devices, caller.device_cookie)
        weighed = self._caution.weigh(person_id, caller, devices, device is not None)
        if weighed.action is not Action.NOTHING:
            with self._sql.once() as db:
                ways = self._ways.of_id(db, person_id)
        return _Found(before, wants and not self._devices.is_trusted(device), ways, weighed)

    def _may_raise(self, requirement: Requirement, found: _Found, proven: Proven) -> bool:
        """Whether the person has made, or could make, the second step that the weighing of risk asks for."""
        wanted = raised(requirement, is_second_step=True)
        return next_step(wanted, proven, found.ways) in {Next.NOTHING, Next.MORE}

    def _finish(
        self,
        held: Held[LoginTransaction],
        value: LoginTransaction,
        state: PersonState,
        before: SsoSession | None,
        caller: Caller,
    ) -> SignInDone | None:
        if not self._transactions.swap(held, replace(value, state=TransactionState.DONE)):
            return None
        person_id, proofs = value.person_id or "", value.evidence
        actor = f"person:{person_id}"
        with self._sql.begin() as db:
            if state is PersonState.CLOSING:
                # The account stays only once its owner has proved all that is asked for (C25).
                self._closing.take_back(db, person_id, caller.place)
            sso, cookie = self._rise(db, before, value, caller)
            device_cookie = self._remember(db, value, caller)
            event = SignedIn(
                actor=actor,
                object=sso.id,
                place=caller.place,
                method=" ".join(one.way.value for one in proofs),
                application=value.requirement.application_id,
                device=caller.device,
            )
            self._audit.append(db, event)
        self._caution.signed_in(person_id)
        return SignInDone(value.continuation, cookie, device_cookie, value.organisation_code)

    def _remember(self, db: Db, value: LoginTransaction, caller: Caller) -> str | None:
        """Remember the device, and give the cookie that it is to have where it has none. A shared one is nobody's."""
        person_id, cookie = value.person_id or "", caller.device_cookie
        if value.is_shared:
            if self._devices.list_of(db, person_id):
                self._tell(db, person_id, "shared_device", caller.device)
            return None
        seen = self._devices.see(db, person_id, cookie, caller.device, caller.place.source)
        known_by = seen.cookie or cookie
        if value.is_trusting and known_by is not None and is_twofold(value.evidence):
            self._devices.trust(db, person_id, known_by)
        if seen.is_new and not seen.is_first:
            self._tell(db, person_id, "new_device", seen.device.name)
        return seen.cookie

    def _tell(self, db: Db, person_id: str, kind: str, device: str) -> None:
        """Tell a person of a sign-in from a device that was never seen before; not of the very first one."""
        person = self._persons.find(db, person_id)
        if person is not None:
            self._notices.tell(db, kind, person.mobile, person_id, device=device)

    def _rise(
        self,
        db: Db,
        before: SsoSession | None,
        value: LoginTransaction,
        caller: Caller,
    ) -> tuple[SsoSession, str]:
        """A session with a new cookie: the same session renewed for the same person, else the old one ended first."""
        person_id, proofs, place = value.person_id or "", value.evidence, caller.place.source
        if before is not None and before.person_id == person_id:
            return self._sessions.renew(db, before, proofs, is_shared=value.is_shared)
        if before is not None:
            self._sessions.end(db, before, "signed_out", f"person:{before.person_id}", caller.place)
        return self._sessions.open(db, person_id, proofs, place, caller.device, is_shared=value.is_shared)


def _proven(person_id: str, proofs: tuple[Evidence, ...], sso: SsoSession | None) -> Proven:
    """What a person proved in a transaction, and before in the session of this browser if that is his."""
    is_own = sso is not None and sso.person_id == person_id
    return Proven(person_id, joined(sso.proofs, proofs) if sso is not None and is_own else proofs)
