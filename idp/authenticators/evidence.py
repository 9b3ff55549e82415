"""What was proved, when, and how strong that is together: pure, from a table (GB/T 40651-2021 §8.3, NIST SP 800-63B-4 §2).

Ways are parts of a table, levels follow from factors: nothing is ever added because a page was passed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Factor(StrEnum):
    """What kind of thing a proof rests on; two proofs of one kind are one factor."""

    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"


class Way(StrEnum):
    """The ways of proving who one is, as events, tables and addresses name them."""

    PASSWORD = "password"  # noqa: S105 - the name of a way
    SMS = "sms"
    TOTP = "totp"
    PASSKEY = "passkey"
    BOUND_PASSKEY = "bound_passkey"
    RECOVERY_CODE = "recovery_code"
    QR = "qr"
    SURE_QR = "sure_qr"
    UKEY = "ukey"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class Strength:
    """What a way alone amounts to: its factors, its names in `amr` (RFC 8176 §2), the level that it reaches, and whether it
    withstands phishing and sits in hardware (OpenID Connect EAP ACR Values §2)."""

    factors: frozenset[Factor]
    amr: tuple[str, ...]
    level: int = 1
    is_phishing_resistant: bool = False
    is_in_hardware: bool = False


_KNOWN: Final = frozenset({Factor.KNOWLEDGE})
_HELD: Final = frozenset({Factor.POSSESSION})
_HELD_AND_OPENED: Final = frozenset({Factor.POSSESSION, Factor.KNOWLEDGE})
STRENGTHS: Final[Mapping[Way, Strength]] = MappingProxyType(
    {
        Way.PASSWORD: Strength(_KNOWN, ("pwd",)),
        Way.SMS: Strength(_HELD, ("otp", "sms")),
        Way.TOTP: Strength(_HELD, ("otp",)),
        # A verified user opens the key with something known or with himself; a passkey that is copied stays below three.
        Way.PASSKEY: Strength(_HELD_AND_OPENED, ("pop", "swk", "user"), 2, is_phishing_resistant=True),
        Way.BOUND_PASSKEY: Strength(_HELD_AND_OPENED, ("pop", "hwk", "user"), 3, True, is_in_hardware=True),
        Way.RECOVERY_CODE: Strength(_HELD, ("otp",)),
        # The telephone is what is held; only one whose owner proved two factors on it lately says more than that.
        Way.QR: Strength(_HELD, ("qr",)),
        # The key never leaves its device, and the device asks for the PIN (china.md §4.5).
        Way.UKEY: Strength(_HELD_AND_OPENED, ("hwk", "pin"), 3, True, is_in_hardware=True),
        # Of a certificate that a gateway saw nobody knows where its key lies.
        Way.CERTIFICATE: Strength(_HELD, ("swk",)),
        Way.SURE_QR: Strength(_HELD_AND_OPENED, ("qr", "user"), 2),
    }
)
_THINGS: Final = {Way.SURE_QR: Way.QR, Way.BOUND_PASSKEY: Way.PASSKEY, Way.CERTIFICATE: Way.UKEY}
HIGHEST: Final = 3
ACRS: Final = {level: f"urn:yihao:aal:{level}" for level in range(1, HIGHEST + 1)}
PHR: Final = "phr"
"""Phishing-resistant (OpenID Connect EAP ACR Values §2.1)."""
PHRH: Final = "phrh"
"""Phishing-resistant and in hardware (the same, §2.2)."""
LEVELS: Final = {**{name: level for level, name in ACRS.items()}, PHR: 2, PHRH: HIGHEST}
"""The level that each class stands for at least."""
ACR_VALUES: Final = tuple(LEVELS)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One proof: by which way, and when (seconds since 1970)."""

    way: Way
    at: float

    @property
    def strength(self) -> Strength:
        """What it amounts to."""
        return STRENGTHS[self.way]


def level_of(evidence: Iterable[Evidence]) -> int:
    """The level of proofs together: the strongest one alone, or two where they rest on two kinds of factor. 0 for none."""
    every = [one.strength for one in evidence]
    factors = frozenset(factor for one in every for factor in one.factors)
    together = 2 if len(factors) > 1 else 0
    return max([together, *(one.level for one in every)])


def is_acr(acr: str, evidence: Iterable[Evidence]) -> bool:
    """Whether proofs satisfy an authentication context class; an unknown one is satisfied by nothing."""
    every = tuple(evidence)
    if acr == PHR:
        return any(one.strength.is_phishing_resistant for one in every)
    if acr == PHRH:
        return any(one.strength.is_phishing_resistant and one.strength.is_in_hardware for one in every)
    return acr in LEVELS and level_of(every) >= LEVELS[acr]


def is_twofold(evidence: Iterable[Evidence]) -> bool:
    """Whether proofs are two steps as people count them: two ways that do not come from one thing, or one of level two.

    It is what a person's own second step and a change of the ways to sign in take; levels are told by `level_of` alone.
    """
    every = tuple(evidence)
    return level_of(every) > 1 or len({thing_of(one.way) for one in every}) > 1


def thing_of(way: Way) -> Way:
    """What a way is to people, however strong one proof by it is: a passkey is one wherever it is kept."""
    return _THINGS.get(way, way)


def acr_of(evidence: Iterable[Evidence], wanted: Iterable[str] = (), least_level: int = 1) -> str:
    """The class to report: the first wanted one that is satisfied and says the least level, else that of the level reached."""
    every = tuple(evidence)
    met = next((acr for acr in wanted if LEVELS[acr] >= least_level and is_acr(acr, every)), None)
    return met or ACRS[max(level_of(every), 1)]


def amr_of(evidence: Iterable[Evidence]) -> str:
    """The methods by their names in RFC 8176, in order of use, with `mfa` where more than one factor was shown."""
    every = tuple(evidence)
    names = dict.fromkeys(name for one in every for name in one.strength.amr)
    factors = {factor for one in every for factor in one.strength.factors}
    return " ".join([*names, *(["mfa"] if len(factors) > 1 else [])])


def since(evidence: Iterable[Evidence], moment: float | None) -> tuple[Evidence, ...]:
    """The proofs that are no older than a moment."""
    return tuple(one for one in evidence if moment is None or one.at >= moment)


def oldest(evidence: Iterable[Evidence]) -> float:
    """When the first of the proofs was given: what counts as time of sign-in, so that no part is older than is said."""
    return min(one.at for one in evidence)


def joined(before: Iterable[Evidence], new: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Proofs together; one made again replaces the older of the same way."""
    kept = {one.way: one for one in sorted((*before, *new), key=lambda one: one.at)}
    return tuple(sorted(kept.values(), key=lambda one: one.at))


def write(evidence: Iterable[Evidence]) -> str:
    """Proofs as one line of text, for a column."""
    return " ".join(f"{one.way.value}@{one.at!r}" for one in evidence)


def read(text: str) -> tuple[Evidence, ...]:
    """Proofs from that line. A way that this release does not know proves nothing; the one before wrote a third part."""
    parts = (part.split("@")[:2] for part in text.split())
    return tuple(Evidence(Way(way), float(at)) for way, at in parts if way in set(Way))
