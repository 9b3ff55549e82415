"""What was typed on the invitation page, checked: whom, for which matters, from when until when (E06)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from idp.clock import CHINA
from idp.delegations.inviting import To
from idp.delegations.rules import Held
from idp.identifiers.capacity import ALL, Capacity
from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.mobile import parse_mobile
from idp.identifiers.normalise import normalise
from idp.web.page_values import FieldError

MATTER: Final = "matter-"
"""Beginning of the name of a matter's checkbox."""
DEFAULT_DAYS: Final = 365
GRANTED: Final = {"agent": Capacity.AGENT, "administrator": Capacity.ADMINISTRATOR}


@dataclass(frozen=True, slots=True, repr=False)
class TypedOffer:
    """The form as typed; errors leave it as it is."""

    who: str = ""
    capacity: str = "agent"
    scope: str = "chosen"
    matters: frozenset[str] = frozenset()
    starts: str = ""
    ends: str = ""
    may_delegate: bool = False

    def __repr__(self) -> str:
        return "TypedOffer(…)"


@dataclass(frozen=True, slots=True, repr=False)
class Offer:
    """An offer whose every field holds; `uscc` where the agent is an organisation."""

    held: Held
    to: To
    uscc: str | None = None

    def __repr__(self) -> str:
        return "Offer(…)"


def first(today: date) -> TypedOffer:
    """The form before anything was typed: one year from today, no matter chosen."""
    return TypedOffer(starts=today.isoformat(), ends=(today + timedelta(days=DEFAULT_DAYS)).isoformat())


def typed(form: Mapping[str, str]) -> TypedOffer:
    """What the form holds."""
    return TypedOffer(
        who=form.get("who", "")[:64],
        capacity=form.get("capacity", "agent"),
        scope=form.get("scope", "chosen"),
        matters=frozenset(name.removeprefix(MATTER) for name in form if name.startswith(MATTER)),
        starts=form.get("starts", "")[:10],
        ends=form.get("ends", "")[:10],
        may_delegate=form.get("may_delegate") == "yes",
    )


def checked(offer: TypedOffer, known: frozenset[str], now: datetime) -> Offer | list[tuple[str, str]]:
    """The offer, or every field that does not hold with the key of what to do about it. `known` are the active matters."""
    faults = []
    to, uscc = To(), None
    try:
        to, uscc = _to(offer.who)
    except IdentifierRejected as error:
        faults.append(("who", error.code))
    capacity = GRANTED.get(offer.capacity)
    matters = (
        frozenset({ALL}) if offer.scope == "all" or capacity is Capacity.ADMINISTRATOR else offer.matters
    )
    if not matters:
        faults.append(("matters", "invite.no_matters"))
    elif not matters <= known | {ALL}:
        faults.append(("matters", "invite.unknown_matter"))
    starts, ends = _day(offer.starts), _day(offer.ends)
    is_endless = capacity is Capacity.ADMINISTRATOR and not offer.ends
    if starts is None:
        faults.append(("starts", "invite.day"))
    if ends is None and not is_endless:
        faults.append(("ends", "invite.day"))
    if faults or capacity is None or starts is None:
        return faults or [("capacity", "invite.capacity")]
    # A day is meant whole: the grant ends with the last second of it.
    until = None if ends is None else ends + timedelta(days=1)
    return Offer(
        Held(capacity, matters, min(starts, now) if starts <= now else starts, until, offer.may_delegate),
        to,
        uscc,
    )


def errors(faults: list[tuple[str, str]], words: Mapping[str, str]) -> list[FieldError]:
    """Faults as the page shows them."""
    return [FieldError(field, words[code]) for field, code in faults]


def _to(text: str) -> tuple[To, str | None]:
    """A mobile number, or the unified code of an organisation. Raises IdentifierRejected."""
    plain = normalise(text)
    if not plain:
        raise IdentifierRejected("invite.who", "nothing typed")
    if len(plain) == 18:
        return To(), plain
    try:
        return To(mobile=parse_mobile(plain).value), None
    except IdentifierRejected:
        raise IdentifierRejected("invite.who", "neither mobile number nor code") from None


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), CHINA)
    except ValueError:
        return None
