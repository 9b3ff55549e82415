"""Every limit by name, in one table. Routes and services name a rule; nobody counts on his own."""

from dataclasses import dataclass
from enum import StrEnum


class Counts(StrEnum):
    """What a rule counts: every request, or only those that were refused."""

    NOTHING = "nothing"
    EVERY = "every"
    REFUSALS = "refusals"


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `allowed` in `seconds` for one key; further ones are answered with 429 and Retry-After."""

    counts: Counts
    allowed: int = 0
    seconds: int = 0


RULES: dict[str, Rule] = {
    "none": Rule(Counts.NOTHING),
    "page": Rule(Counts.EVERY, 6000, 60),
    "sign_in_page": Rule(Counts.EVERY, 3000, 60),
    "authorize": Rule(Counts.REFUSALS, 300, 60),
    "token": Rule(Counts.REFUSALS, 120, 60),
    "introspect": Rule(Counts.REFUSALS, 120, 60),
    "userinfo": Rule(Counts.REFUSALS, 300, 60),
    "code_number": Rule(Counts.EVERY, 5, 3600),
    "code_identifier": Rule(Counts.EVERY, 5, 3600),
    "code_asker": Rule(Counts.EVERY, 30, 3600),
    "code_source": Rule(Counts.EVERY, 30, 3600),
    "code_network": Rule(Counts.EVERY, 600, 3600),
    "code_device": Rule(Counts.EVERY, 10, 3600),
    "humanity_source": Rule(Counts.EVERY, 300, 3600),
    "humanity_media": Rule(Counts.EVERY, 600, 60),
    "proof_source": Rule(Counts.REFUSALS, 20, 3600),
    "proof_document": Rule(Counts.REFUSALS, 10, 86400),
    "claim_person": Rule(Counts.EVERY, 20, 3600),
    "device_guess": Rule(Counts.EVERY, 30, 3600),
    "invitation_number": Rule(Counts.EVERY, 5, 86400),
    "sign_in_source": Rule(Counts.REFUSALS, 300, 900),
}
