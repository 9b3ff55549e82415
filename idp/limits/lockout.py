"""The pause of one way of signing in, for one pairing of identifier and source: never of a person.

    free ──miss 1…4──▶ free ──miss 5…9──▶ paused for seconds, doubling ──miss 10──▶ paused for 15 minutes ──▶ free
      ▲                                                                                                 │
      └────────────────────────────── success, or 15 minutes without a miss ◀───────────────────────────┘

A stranger elsewhere pairs with another source, so that nobody can pause a citizen's own sign-in.
"""

from dataclasses import dataclass

from crypto.lookup import Lookup
from crypto.seal import Sealer
from idp.clock import Clock
from idp.ephemeral.box import Box
from idp.ephemeral.port import Store

WINDOW_SECONDS = 900
FREE_MISSES = 4
TRIES = 10
FIRST_PAUSE_SECONDS = 5
TOLD_FROM_MISS = 3


@dataclass(frozen=True, slots=True)
class Pause:
    """Until when (seconds since 1970) this pairing rests."""

    until: float


@dataclass(frozen=True, slots=True)
class Miss:
    """What a miss led to: misses left until the first pause (0: it has come), None while there is nothing to warn of."""

    tries_left: int | None


class Lockout:
    """Counts misses and pauses; the count is charged before the check, so that a burst gains nothing."""

    def __init__(self, store: Store, sealer: Sealer, lookup: Lookup, clock: Clock) -> None:
        self._store = store
        self._lookup = lookup
        self._clock = clock
        self._pauses: Box[Pause] = Box(store, sealer, lookup, "sign_in_pause", Pause, WINDOW_SECONDS)

    def paused_until(self, pairing: str) -> float | None:
        """The end of the pause in force, or None."""
        pause = self._pauses.get(pairing)
        return pause.until if pause is not None and pause.until > self._clock.timestamp() else None

    def charge(self, pairing: str) -> int:
        """Count a try before it is checked and return its number in this window."""
        return self._store.count(self._key(pairing), WINDOW_SECONDS)

    def missed(self, pairing: str, number: int) -> Miss:
        """The try of this number failed: pause where it is due and say what is left until then."""
        if number > FREE_MISSES:
            seconds = pause_seconds(number)
            self._pauses.put(pairing, Pause(self._clock.timestamp() + seconds), seconds)
        return Miss(max(FREE_MISSES + 1 - number, 0) if number >= TOLD_FROM_MISS else None)

    def succeeded(self, pairing: str) -> None:
        """The person signed in: the pairing starts anew."""
        self._store.delete(self._key(pairing))

    def _key(self, pairing: str) -> bytes:
        return self._lookup.digest("sign_in_misses", pairing)


def pause_seconds(number: int) -> int:
    """How long the pause after this miss is: doubling, and 15 minutes from the tenth."""
    if number >= TRIES:
        return WINDOW_SECONDS
    return FIRST_PAUSE_SECONDS << (number - FREE_MISSES - 1)
