"""Proving that one holds a mobile number: six digits by text message (NIST SP 800-63B-4 §3.1.3.3; ux.md §1.3).

begun ──send (again)──▶ waiting ──right code, swap──▶ proven ──expires
                           └──ten wrong tries, or 15 minutes──▶ over

The answer is the same whoever has the number, and whether or not anybody has it.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from crypto.compare import equal
from crypto.tokens import random_bytes
from idp.ephemeral.box import Box, Held
from idp.identifiers.masking import mask_ip
from idp.limits.counter import Limits
from idp.notify.service import Notices
from idp.storage.engine import Sql

SECONDS: Final = 900
TRIES: Final = 10
SENDS: Final = 5
DIGITS: Final = 6
RACES: Final = TRIES + SENDS + 2
"""More often than this a challenge cannot change before it is over."""
_SPACES: Final = re.compile(r"[\s\-·.]+")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who has a number proven, by the mark of its browser or session, and what for: a code serves nothing else."""

    browser: str
    purpose: str


@dataclass(frozen=True, slots=True, repr=False)
class CodeChallenge:
    """One number to be proven for one asker. A new code leaves the old ones valid.

    `mobile` is empty until it is known whose number it is, and stays so where it is nobody's (SEC-28).
    """

    asker: Asker
    mobile: str
    codes: tuple[str, ...] = ()
    wrong: int = 0
    is_proven: bool = False

    def __repr__(self) -> str:
        return "CodeChallenge(…)"


@dataclass(frozen=True, slots=True, repr=False)
class Proven:
    """The number belongs to who typed the code."""

    mobile: str

    def __repr__(self) -> str:
        return "Proven(…)"


@dataclass(frozen=True, slots=True)
class WrongCode:
    """Not the code; so many tries are left."""

    tries_left: int


@dataclass(frozen=True, slots=True)
class CodeOver:
    """The challenge is gone, used up, or another browser's."""


class MobileCodes:
    """Sends and checks codes."""

    def __init__(
        self, sql: Sql, limits: Limits, notices: Notices, box: Box[CodeChallenge], host: str
    ) -> None:
        self._sql = sql
        self._limits = limits
        self._notices = notices
        self._box = box
        self._host = host

    def begin(self, mobile: str, asker: Asker, source: str, language: str) -> str:
        """Send the first code and give the id of the challenge. Raises TooMany."""
        challenge_id = self.open(asker, mobile)
        self.send(challenge_id, asker, source, language)
        return challenge_id

    def open(self, asker: Asker, mobile: str = "") -> str:
        """A challenge of which no code was sent yet."""
        return self._box.new(CodeChallenge(asker, mobile))

    def give(self, challenge_id: str, asker: Asker, mobile: str) -> None:
        """Say whose number an open challenge is about."""
        held = self._find(challenge_id, asker)
        if held is not None and not held.value.mobile:
            self._box.swap(held, replace(held.value, mobile=mobile))

    def send(self, challenge_id: str, asker: Asker, source: str, language: str) -> bool:
        """Send one more code; false when the challenge is over or has had enough of them. Raises TooMany."""
        held = self._find(challenge_id, asker)
        if held is None or held.value.is_proven or len(held.value.codes) >= SENDS or not held.value.mobile:
            return False
        quotas = {"code_number": held.value.mobile, "code_source": source, "code_network": mask_ip(source)}
        for rule, subject in quotas.items():
            self._limits.charge(rule, subject)
        code = new_code()
        if not self._box.swap(held, replace(held.value, codes=(*held.value.codes, code))):
            return False
        with self._sql.begin() as db:
            message_id = self._notices.tell(
                db, "code", held.value.mobile, None, language, code=code, host=self._host
            )
        if message_id is not None:
            self._notices.deliver(message_id)
        return True

    def mobile_of(self, challenge_id: str, asker: Asker) -> str | None:
        """The number of a challenge of this asker, to be shown masked."""
        held = self._find(challenge_id, asker)
        return held.value.mobile if held else None

    def check(self, challenge_id: str, asker: Asker, typed: str) -> Proven | WrongCode | CodeOver:
        """Whether this is one of the codes. A right one is good once, and every try is counted.

        Who loses a race looks again, so that a burst of any size gets as many answers as tries are left, and no other
        answer tells right from wrong.
        """
        code = _SPACES.sub("", typed)
        for _ in range(RACES):
            held = self._find(challenge_id, asker)
            if held is None or held.value.is_proven or held.value.wrong >= TRIES:
                return CodeOver()
            # All are compared, so that the time tells nothing.
            hits = [equal(each.encode(), code.encode()) for each in held.value.codes]
            wrong = held.value.wrong + (0 if any(hits) else 1)
            if self._box.swap(held, replace(held.value, is_proven=any(hits), wrong=wrong)):
                return Proven(held.value.mobile) if any(hits) else WrongCode(TRIES - wrong)
        return CodeOver()

    def _find(self, challenge_id: str, asker: Asker) -> Held[CodeChallenge] | None:
        held = self._box.find(challenge_id) if asker.browser else None
        return held if held is not None and held.value.asker == asker else None


def new_code() -> str:
    """Six digits, each value equally likely: drawn again where the remainder would favour the low ones."""
    most = 2**32 - 2**32 % 10**DIGITS
    while True:
        drawn = int.from_bytes(random_bytes(4), "big")
        if drawn < most:
            return f"{drawn % 10**DIGITS:0{DIGITS}d}"
