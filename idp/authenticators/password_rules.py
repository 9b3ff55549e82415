"""What a new password must be: long enough, text, nothing that stands in the account, and hard to guess.

GB/T 22239-2019 §8.1.4.1 a, NIST SP 800-63B-4 §3.1.1.2. All of it without any network: guesses are estimated by zxcvbn over
its own lists and ours, and a file of passwords from known breaches may be laid beside (`passwords.breached_file`).
"""

import hashlib
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import BinaryIO, Final

from zxcvbn import zxcvbn

SHORTEST: Final = 8
LONGEST: Final = 1024
LEAST_DIFFERENT: Final = 4
LONG_ENOUGH_TO_TELL: Final = 4
LEAST_SCORE: Final = 2
"""Of zxcvbn's 0 to 4: at least a million guesses, where ten are let in."""
ESTIMATED: Final = 72
"""How many characters are estimated; what comes after them only helps."""
WORDS: Final = Path(__file__).parent / "weak_words.txt"
LONGEST_LINE: Final = 128


def password_fault(password: str, facts: Iterable[str] = ()) -> str | None:
    """The key of what is wrong with a new password, or None. `facts` are the number, mobile number and name of its owner.

    No rule of composition, no upper limit that people meet: length and difference count (ux.md §1.3).
    """
    if any("\ud800" <= each <= "\udfff" for each in password):
        return "password.not_text"
    if len(password) > LONGEST:
        return "password.long"
    if len(password) < SHORTEST:
        return "password.short"
    if len(set(password)) < LEAST_DIFFERENT:
        return "password.same"
    folded = _folded(password)
    known = tuple(facts)
    if any(_tells(fact, folded) for fact in known):
        return "password.of_account"
    return "password.weak" if _score(folded, known) < LEAST_SCORE else None


@cache
def _words() -> tuple[str, ...]:
    return tuple(WORDS.read_text(encoding="utf-8").splitlines())


def _score(folded: str, facts: tuple[str, ...]) -> int:
    return int(zxcvbn(folded[:ESTIMATED], user_inputs=[*facts, *_words()])["score"])


class NewPasswords:
    """Says what is wrong with a new password, by the rules and by the file of breached ones where there is one."""

    def __init__(self, breached_file: str) -> None:
        self._breached = Breached(Path(breached_file)) if breached_file else None

    def fault(self, password: str, facts: Iterable[str] = ()) -> str | None:
        """As `password_fault`; `password.breached` for a password that is known from a breach."""
        fault = password_fault(password, facts)
        if fault is None and self._breached is not None and self._breached.has(password):
            return "password.breached"
        return fault


class Breached:
    """Passwords from known breaches: a text file of SHA-1 in capitals, one a line and sorted, a colon and a count behind.

    That is how such lists are published; it is searched where it lies and never read whole.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def has(self, password: str) -> bool:
        """Whether the password is in the file. Raises OSError when the file cannot be read."""
        wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
        with self._path.open("rb") as file:
            low, high = 0, self._path.stat().st_size
            while low < high:
                middle = (low + high) // 2
                start, line = _line_from(file, middle)
                if not line or line[:40] > wanted:
                    high = middle
                elif line[:40] == wanted:
                    return True
                else:
                    low = start + len(line)
        return False


def _line_from(file: BinaryIO, place: int) -> tuple[int, bytes]:
    """The first whole line that begins at a place or after it, and where it begins."""
    file.seek(max(place - 1, 0))
    if place > 0:
        file.readline(LONGEST_LINE)
    start = file.tell()
    return start, file.readline(LONGEST_LINE)


def _tells(fact: str, password: str) -> bool:
    """Whether a password is made of a fact: the whole of it, or six digits of a number in a row."""
    text = _folded(fact)
    if len(text) >= LONG_ENOUGH_TO_TELL and text in password:
        return True
    parts = (text[start : start + 6] for start in range(len(text) - 5))
    return any(part.isdigit() and part in password for part in parts) and len(password) < 2 * SHORTEST


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
