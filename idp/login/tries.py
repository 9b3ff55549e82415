"""Counting tries of one way of signing in: before a proof is looked at, shared by every door that takes one (SEC-29)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from idp.audit.event import Outcome as AuditOutcome
from idp.audit.service import Audit
from idp.authenticators.evidence import Way
from idp.clock import Clock
from idp.limits.counter import Limits
from idp.limits.lockout import FIRST_PAUSE_SECONDS, TRIES, Lockout
from idp.login.events import SignInRefused
from idp.login.outcomes import Caller, MethodPaused, WrongCredentials
from idp.risk.service import Risk

SOURCE: Final = "sign_in_source"


@dataclass(frozen=True, slots=True)
class Try:
    """One try that was let in: of which way, for which pairing, the how manieth."""

    way: Way
    pairing: str
    number: int


class Tries:
    """Lets tries in, and counts what came of them. Each way counts by itself, so that one that rests leaves the others."""

    def __init__(self, clock: Clock, audit: Audit, limits: Limits, lockout: Lockout, risk: Risk) -> None:
        self._clock = clock
        self._audit = audit
        self._limits = limits
        self._lockout = lockout
        self._risk = risk

    def admit(self, way: Way, whose: str, caller: Caller, application: str | None) -> Try | MethodPaused:
        """Count a try before it is checked, or give the pause that refuses it unread. Raises TooMany.

        `whose` names who is paused: for a first proof an identifier with its source, so that no stranger pauses anybody
        elsewhere; for a further one the person, from wherever it comes.
        """
        pairing = f"{way.value}|{whose}"
        until = self._lockout.paused_until(pairing)
        if until is not None:
            self.note(None, way, "paused", caller, application)
            return MethodPaused(datetime.fromtimestamp(until, UTC))
        self._limits.admit(SOURCE, caller.source)
        tried = self._lockout.charge(pairing)
        # Only a burst goes beyond: its first ten tries have not been refused yet.
        if tried > TRIES:
            self.note(None, way, "paused", caller, application)
            return self._rests(pairing)
        return Try(way, pairing, tried)

    def wrong(
        self, tried: Try, person_id: str | None, caller: Caller, application: str | None
    ) -> WrongCredentials | MethodPaused:
        """The try failed: noted, counted against the source, and a pause where one is due."""
        self.note(person_id, tried.way, "credentials", caller, application)
        self._limits.refused(SOURCE, caller.source)
        self._risk.failed(caller.source, tried.pairing)
        miss = self._lockout.missed(tried.pairing, tried.number)
        return self._rests(tried.pairing) if miss.tries_left == 0 else WrongCredentials(miss.tries_left)

    def right(self, tried: Try) -> None:
        """The try succeeded: the pairing starts anew."""
        self._lockout.succeeded(tried.pairing)

    def note(
        self, person_id: str | None, way: Way, why: str, caller: Caller, application: str | None
    ) -> None:
        """Write down that a sign-in was refused, and why."""
        self._audit.note(
            SignInRefused(
                actor=f"person:{person_id}" if person_id else "unknown",
                object="session",
                place=caller.place,
                outcome=AuditOutcome.REFUSED,
                method=way.value,
                why=why,
                application=application,
                device=caller.device,
            )
        )

    def _rests(self, pairing: str) -> MethodPaused:
        until = self._lockout.paused_until(pairing) or self._clock.timestamp() + FIRST_PAUSE_SECONDS
        return MethodPaused(datetime.fromtimestamp(until, UTC))
