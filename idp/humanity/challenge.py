"""A challenge that people answer and plain programs do not, and the pass that a right answer earns.

begun ──right, swap──▶ over, and a pass ──spent, swap──▶ nothing
  │ └──wrong, one try less──▶ begun
  └──third wrong answer, or five minutes──▶ over

Digits of the picture and counts of the sound answer alike: a non-visual way has to stand beside the visual one
(WCAG 2.2, 1.1.1).
"""

from dataclasses import dataclass, replace
from typing import Final

from crypto.compare import equal
from crypto.tokens import random_bytes
from idp.clock import Clock
from idp.ephemeral.box import Box, Held
from idp.errors import NotFound
from idp.humanity import picture, sound
from idp.identifiers.normalise import normalise
from idp.limits.counter import Limits

SECONDS: Final = 300
PASS_SECONDS: Final = 600
TRIES: Final = 3
DIGITS: Final = 5
SHOWN: Final = "02345689"
"""Turned and skewed, 1 and 7 are one to the eye."""
GROUPS: Final = 4
MOST_BEEPS: Final = 5
MAX_TYPED: Final = 40


@dataclass(frozen=True, slots=True, repr=False)
class HumanityChallenge:
    """One question to one browser for one purpose; `seed` makes its picture and sound, `until` is when it ends."""

    browser: str
    purpose: str
    digits: str
    counts: str
    seed: str
    until: float
    wrong: int = 0
    is_answered: bool = False

    def __repr__(self) -> str:
        return "HumanityChallenge(…)"


@dataclass(frozen=True, slots=True)
class HumanityPass:
    """What a right answer earned: good once, for this browser and purpose."""

    browser: str
    purpose: str
    until: float
    is_spent: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Passed:
    """The answer was right; `token` is spent once."""

    token: str

    def __repr__(self) -> str:
        return "Passed(…)"


@dataclass(frozen=True, slots=True)
class Wrong:
    """Not the answer; so many tries are left, one at least."""

    tries_left: int


@dataclass(frozen=True, slots=True)
class Over:
    """The challenge is gone, answered, used up, or another browser's: which of them is not told."""


class Humanity:
    """Asks, shows, checks, and takes passes back."""

    def __init__(
        self, box: Box[HumanityChallenge], passes: Box[HumanityPass], clock: Clock, limits: Limits
    ) -> None:
        self._box = box
        self._passes = passes
        self._clock = clock
        self._limits = limits

    def begin(self, browser: str, purpose: str, source: str) -> str:
        """A new challenge for a browser at this address, and its id. Raises TooMany.

        The limit of a source is what stands against guessing: one who guesses three times at each challenge would
        have one pass of two hundred by chance.
        """
        self._limits.charge("humanity_source", source)
        return self._box.new(
            HumanityChallenge(
                browser,
                purpose,
                "".join(SHOWN[_below(len(SHOWN))] for _ in range(DIGITS)),
                "".join(str(1 + _below(MOST_BEEPS)) for _ in range(GROUPS)),
                random_bytes(32).hex(),
                self._clock.timestamp() + SECONDS,
            )
        )

    def image(self, challenge_id: str, browser: str, *, is_large: bool = False) -> bytes:
        """The picture as PNG. Raises NotFound for a challenge that is over, unknown or another browser's."""
        shown = self._shown(challenge_id, browser)
        return picture.draw(shown.digits, bytes.fromhex(shown.seed), is_large=is_large)

    def sound(self, challenge_id: str, browser: str) -> bytes:
        """The beeps as WAV. Raises NotFound as `image` does."""
        shown = self._shown(challenge_id, browser)
        return sound.beep(shown.counts, bytes.fromhex(shown.seed))

    def check(self, challenge_id: str, browser: str, typed: str) -> Passed | Wrong | Over:
        """Whether this is what the picture shows or the sound counts. A right answer is good once, each try counts.

        Answers that come at one moment are looked at one after another: who loses the swap reads again.
        """
        answer = normalise(typed[:MAX_TYPED]).encode(errors="replace")
        for _ in range(TRIES + 1):  # so often, and no oftener, can others come first
            held = self._find(challenge_id, browser)
            found = held.value if held else _NOTHING
            # Both are compared, also where there is nothing, so that the time tells nothing.
            hits = [equal(right.encode(), answer) for right in (found.digits, found.counts)]
            if held is None:
                return Over()
            if any(hits):
                if self._box.swap(held, replace(found, is_answered=True)):
                    return Passed(self._new_pass(found))
            elif self._box.swap(held, replace(found, wrong=found.wrong + 1)):
                left = TRIES - found.wrong - 1
                return Wrong(left) if left else Over()
        return Over()

    def spend(self, token: str, browser: str, purpose: str) -> bool:
        """Take a pass: true for exactly one caller, of this browser and purpose, within ten minutes."""
        held = self._passes.find(token) if browser else None
        if held is None or (held.value.browser, held.value.purpose) != (browser, purpose):
            return False
        if held.value.is_spent or held.value.until <= self._clock.timestamp():
            return False
        return self._passes.swap(held, replace(held.value, is_spent=True))

    def _new_pass(self, answered: HumanityChallenge) -> str:
        until = self._clock.timestamp() + PASS_SECONDS
        return self._passes.new(HumanityPass(answered.browser, answered.purpose, until))

    def _shown(self, challenge_id: str, browser: str) -> HumanityChallenge:
        held = self._find(challenge_id, browser)
        if held is None:
            raise NotFound("humanity.unknown")
        return held.value

    def _find(self, challenge_id: str, browser: str) -> Held[HumanityChallenge] | None:
        """A challenge of this browser that may still be answered."""
        held = self._box.find(challenge_id) if browser else None
        if held is None or held.value.browser != browser:
            return None
        is_over = held.value.is_answered or held.value.wrong >= TRIES
        return None if is_over or held.value.until <= self._clock.timestamp() else held


def _below(end: int) -> int:
    """A number under `end`, each equally likely: drawn again where the remainder would favour the low ones."""
    while True:
        (drawn,) = random_bytes(1)
        if drawn < 256 - 256 % end:
            return drawn % end


_NOTHING: Final = HumanityChallenge("", "", "-" * DIGITS, "-" * GROUPS, "", 0.0)
