"""Counting over the ephemeral store, shared by all nodes; keys are digests, so no address or number is kept."""

import threading

from crypto.lookup import Lookup
from idp.clock import Clock
from idp.ephemeral.port import Store
from idp.errors import TooMany
from idp.limits.rules import RULES, Counts

MAX_BLOCKED = 10_000


class Limits:
    """Charges acts against their rule."""

    def __init__(self, store: Store, lookup: Lookup, clock: Clock) -> None:
        self._store = store
        self._lookup = lookup
        self._clock = clock
        self._blocked: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def admit(self, rule: str, subject: str) -> None:
        """Let a request in, or raise TooMany. Counts where the rule counts every request; otherwise costs no round trip."""
        counts = RULES[rule].counts
        if counts is Counts.NOTHING:
            return
        until = self._blocked.get((rule, subject))
        now = self._clock.timestamp()
        if until is not None and until > now:
            raise TooMany("limit.many", int(until - now) + 1)
        if counts is Counts.EVERY:
            self.charge(rule, subject)

    def refused(self, rule: str, subject: str) -> None:
        """Count a refusal; over the limit this process lets that subject try once in five seconds only."""
        if RULES[rule].counts is not Counts.REFUSALS:
            return
        used = self._store.count(self._key(rule, subject), RULES[rule].seconds)
        if used >= RULES[rule].allowed:
            self._block(rule, subject)

    def charge(self, rule: str, subject: str) -> int:
        """Count one act before it happens and return what is left; raises TooMany when there is none.

        The count is atomic in the store, so that parallel tries cannot exceed the limit.
        """
        limit = RULES[rule]
        used = self._store.count(self._key(rule, subject), limit.seconds)
        if used > limit.allowed:
            self._block(rule, subject)
            raise TooMany("limit.many", limit.seconds)
        return limit.allowed - used

    def _key(self, rule: str, subject: str) -> bytes:
        return self._lookup.digest(f"limit:{rule}", subject)

    def _block(self, rule: str, subject: str) -> None:
        with self._lock:
            if len(self._blocked) >= MAX_BLOCKED:
                now = self._clock.timestamp()
                self._blocked = {key: until for key, until in self._blocked.items() if until > now}
            if len(self._blocked) < MAX_BLOCKED:
                # Asked again soon, so that a shorter window left in the store is not stretched here.
                self._blocked[(rule, subject)] = self._clock.timestamp() + min(RULES[rule].seconds, 5)
