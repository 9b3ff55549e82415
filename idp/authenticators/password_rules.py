"""What a new password must be: long enough, text, and nothing that stands in the account (GB/T 22239-2019 §8.1.4.1 a)."""

import unicodedata
from collections.abc import Iterable
from typing import Final

SHORTEST: Final = 8
LONGEST: Final = 1024
LEAST_DIFFERENT: Final = 4
LONG_ENOUGH_TO_TELL: Final = 4


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
    if any(_tells(fact, folded) for fact in facts):
        return "password.of_account"
    return None


def _tells(fact: str, password: str) -> bool:
    """Whether a password is made of a fact: the whole of it, or six digits of a number in a row."""
    text = _folded(fact)
    if len(text) >= LONG_ENOUGH_TO_TELL and text in password:
        return True
    parts = (text[start : start + 6] for start in range(len(text) - 5))
    return any(part.isdigit() and part in password for part in parts) and len(password) < 2 * SHORTEST


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
