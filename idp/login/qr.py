"""Signing in on one device by a telephone that is signed in already (CHN-02): what is asked, answered and taken.

waiting ──scanned by one person──▶ scanned ──right number, confirmed──▶ confirmed ──taken by the browser that showed it──▶ used
   │                                  └──refused, or the wrong number──▶ refused
   └──expires (2 minutes; every step within them)

The person on the telephone picks, of three numbers, the one that the other screen shows: who was sent a picture sees no screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from crypto.compare import equal
from crypto.tokens import random_bytes
from idp.authenticators.evidence import Evidence, Way, level_of, oldest, since
from idp.ephemeral.box import Box, Held
from idp.login.requirement import FRESH_SECONDS

SECONDS: Final = 120
CHOICES: Final = 3


class QrState(StrEnum):
    """See the picture above."""

    WAITING = "waiting"
    SCANNED = "scanned"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    USED = "used"


@dataclass(frozen=True, slots=True)
class QrSignIn:
    """A sign-in that was shown as a picture. `device`, `place` and `begun_at` are told on the telephone; `numbers` are the
    choices there, of which the screen shows the first. `signed_in_since` is how young the proofs on the telephone have to be,
    `proved_at` the time of the oldest of those that count: a picture makes nothing younger than it is."""

    browser: str
    transaction_id: str
    application_id: str | None
    device: str
    place: str
    begun_at: float
    numbers: tuple[str, ...]
    signed_in_since: float | None = None
    state: QrState = QrState.WAITING
    person_id: str | None = None
    way: Way = Way.QR
    proved_at: float = 0.0


class QrSignIns:
    """All acts on them; each step is taken by exactly one caller."""

    def __init__(self, box: Box[QrSignIn]) -> None:
        self._box = box

    def begin(
        self,
        browser: str,
        transaction_id: str,
        application_id: str | None,
        device: str,
        place: str,
        now: float,
        signed_in_since: float | None,
    ) -> tuple[str, QrSignIn]:
        """A new one, and what its picture holds."""
        numbers = _numbers()
        shown = QrSignIn(
            browser, transaction_id, application_id, device, place, now, numbers, signed_in_since
        )
        return self._box.new(shown), shown

    def of_screen(self, code: str, browser: str, transaction_id: str) -> QrSignIn | None:
        """The sign-in as the screen that shows it may ask for it; None when it is over or another's."""
        found = self._box.get(code)
        is_own = found is not None and (found.browser, found.transaction_id) == (browser, transaction_id)
        return found if is_own else None

    def scan(self, code: str, person_id: str) -> QrSignIn | None:
        """Somebody looks at it on a telephone: from then on it is his alone. None when it is over or another's."""
        held = self._box.find(code)
        if held is None:
            return None
        if held.value.state is QrState.WAITING:
            taken = replace(held.value, state=QrState.SCANNED, person_id=person_id)
            return taken if self._box.swap(held, taken) else None
        is_own = held.value.state is QrState.SCANNED and held.value.person_id == person_id
        return held.value if is_own else None

    def answer(self, code: str, person_id: str, number: str, proofs: Sequence[Evidence], now: float) -> bool:
        """Confirm with the number that the screen shows; any other number, or none, refuses for good. True when confirmed."""
        held = self._scanned(code, person_id)
        if held is None:
            return False
        fresh, counted = since(proofs, now - FRESH_SECONDS), since(proofs, held.value.signed_in_since)
        is_sure = level_of(fresh) > 1
        is_right = bool(counted) and equal(held.value.numbers[0].encode(), number.encode())
        answered = replace(
            held.value,
            state=QrState.CONFIRMED if is_right else QrState.REFUSED,
            way=Way.SURE_QR if is_sure else Way.QR,
            proved_at=oldest(fresh if is_sure else counted or proofs),
        )
        return self._box.swap(held, answered) and is_right

    def take(self, code: str, browser: str, transaction_id: str) -> QrSignIn | None:
        """The confirmed sign-in, for the screen that showed it, once."""
        held = self._box.find(code)
        if held is None or self.of_screen(code, browser, transaction_id) is None:
            return None
        if held.value.state is not QrState.CONFIRMED:
            return None
        return held.value if self._box.swap(held, replace(held.value, state=QrState.USED)) else None

    def _scanned(self, code: str, person_id: str) -> Held[QrSignIn] | None:
        held = self._box.find(code)
        is_own = held is not None and held.value.state is QrState.SCANNED
        return held if held is not None and is_own and held.value.person_id == person_id else None


def _numbers() -> tuple[str, ...]:
    """Different numbers of two digits, each equally likely."""
    drawn: dict[str, None] = {}
    while len(drawn) < CHOICES:
        byte = random_bytes(1)[0]
        if byte < 180:
            drawn[str(10 + byte % 90)] = None
    return tuple(drawn)
