"""The line that a USB key signs: fresh, for one browser, one application and this address, and good for one answer.

begun ──answer of this browser, take──▶ gone, and the answer is judged
  └──120 seconds──▶ over
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from crypto.tokens import random_token
from idp.clock import Clock
from idp.ephemeral.box import Box

SECONDS: Final = 120
VERSION: Final = "v1"
LONGEST_CLIENT: Final = 100
_SEPARATOR: Final = "|"


@dataclass(frozen=True, slots=True, repr=False)
class UkeyChallenge:
    """One line to be signed by whoever sits at one browser, and the second at which it was made."""

    browser: str
    text: str
    begun: int

    def __repr__(self) -> str:
        return "UkeyChallenge(…)"


class UkeyChallenges:
    """Makes lines to sign, and gives each out again once."""

    def __init__(self, box: Box[UkeyChallenge], clock: Clock, origin: str) -> None:
        """Take the box, of SECONDS, and the origin under which browsers see this provider."""
        self._box = box
        self._clock = clock
        self._origin = origin

    def begin(self, browser: str, client_name: str) -> tuple[str, str]:
        """Give the id of a new challenge for this browser, and the line that its key shall sign."""
        begun = int(self._clock.timestamp())
        time = datetime.fromtimestamp(begun, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")  # RFC 3339 §5.6
        fields = (VERSION, random_token(32), shown_client(client_name), self._origin, time)
        text = _SEPARATOR.join(fields)
        return self._box.new(UkeyChallenge(browser, text, begun)), text

    def take(self, challenge_id: str, browser: str) -> str | None:
        """The line that must have been signed; None when it is another browser's, answered, over, or never was.

        Whatever the answer turns out to be, the challenge is gone: of any number of callers one receives the line.
        """
        held = self._box.get(challenge_id) if browser else None
        if held is None or held.browser != browser:
            return None
        taken = self._box.take(challenge_id)
        if taken is None or self._clock.timestamp() - taken.begun > SECONDS:
            return None
        return taken.text


def shown_client(name: str) -> str:
    """A client's name as it stands in the line: nothing in it can end the field or hide what follows."""
    plain = "".join(character if character.isprintable() else " " for character in name[:LONGEST_CLIENT])
    return plain.replace(_SEPARATOR, "｜")
