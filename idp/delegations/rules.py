"""Pure: what a grant may give, who may give, change and end it, and whether it may be acted on now.

One law stands above all others: nobody gives more than he holds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from idp.delegations.models import DelegationState
from idp.identifiers.capacity import ALL, Capacity

ADMINISTRATORS: Final = 5
"""Administrators of one organisation at the same time (ORG-07)."""
FAMILY: Final = 5
"""Persons who act for one person as family at the same time (NAT-10)."""
LONGEST: Final = timedelta(days=731)
"""Longest period of an agent or family member: two years (E06)."""
INVITED_FOR: Final = timedelta(days=14)
"""How long an invitation can be accepted."""
DEPTH: Final = 4
"""Rows in one line of grants: representative, administrator, agent, and one whom that agent named."""
LEAST_LEVEL: Final = 1
"""Nobody acts for another whose own identity was never checked."""
MATTERS: Final = 200
"""Matters that one grant names at most."""
_MAY_GRANT: Mapping[Capacity, frozenset[Capacity]] = MappingProxyType(
    {
        Capacity.LEGAL_REPRESENTATIVE: frozenset({Capacity.ADMINISTRATOR, Capacity.AGENT}),
        Capacity.ADMINISTRATOR: frozenset({Capacity.AGENT}),
        Capacity.AGENT: frozenset({Capacity.AGENT}),
    }
)
"""Who may name whom; an agent only where the own grant says `may_delegate`."""
_RANK: Final = (Capacity.AGENT, Capacity.ADMINISTRATOR, Capacity.LEGAL_REPRESENTATIVE)


class Refusal(StrEnum):
    """Why an act on delegations was not done; the values are keys of words (`delegation.refused.…`)."""

    NOT_YOURS = "not_yours"
    NOT_USABLE = "not_usable"
    NOT_INVITED = "not_invited"
    OVER = "over"
    MORE_THAN_HELD = "more_than_held"
    PERIOD = "period"
    NO_MATTERS = "no_matters"
    TOO_MANY_MATTERS = "too_many_matters"
    MAY_NOT_DELEGATE = "may_not_delegate"
    TOO_DEEP = "too_deep"
    TOO_MANY = "too_many"
    ALREADY = "already"
    ONESELF = "oneself"
    CIRCLE = "circle"
    LEVEL = "level"
    NO_MINOR = "no_minor"
    NO_KIN = "no_kin"
    NOT_REGISTERED = "not_registered"
    REVIEW = "review"
    ONLY_NARROWER = "only_narrower"


@dataclass(frozen=True, slots=True)
class Held:
    """What a grant gives: in which capacity, for which matters, from when until when, and whether it may be passed on."""

    capacity: Capacity
    matters: frozenset[str]
    starts_at: datetime
    ends_at: datetime | None
    may_delegate: bool


def is_within(matters: frozenset[str], of: frozenset[str]) -> bool:
    """Whether all of these matters are among those."""
    return ALL in of or (ALL not in matters and matters <= of)


def common(first: frozenset[str], second: frozenset[str]) -> frozenset[str]:
    """The matters that both hold."""
    if ALL in first:
        return second
    return first if ALL in second else first & second


def earlier(first: datetime | None, second: datetime | None) -> datetime | None:
    """The earlier of two ends; None is no end."""
    if first is None or second is None:
        return first or second
    return min(first, second)


def grant_fault(held: Held, depth: int, offered: Held, now: datetime) -> Refusal | None:
    """Why the holder of `held`, which stands `depth` rows below the organisation, may not give `offered`; None if he may."""
    if offered.capacity not in _MAY_GRANT.get(held.capacity, frozenset()):
        return Refusal.MAY_NOT_DELEGATE
    if held.capacity is Capacity.AGENT and not held.may_delegate:
        return Refusal.MAY_NOT_DELEGATE
    if depth >= DEPTH or (offered.may_delegate and depth + 1 >= DEPTH):
        return Refusal.TOO_DEEP
    fault = offer_fault(offered, now)
    if fault is not None:
        return fault
    if (
        not is_within(offered.matters, held.matters)
        or earlier(held.ends_at, offered.ends_at) != offered.ends_at
    ):
        return Refusal.MORE_THAN_HELD
    return None


def offer_fault(offered: Held, now: datetime) -> Refusal | None:
    """What is wrong with an offer by itself."""
    if not offered.matters:
        return Refusal.NO_MATTERS
    if len(offered.matters) > MATTERS:
        return Refusal.TOO_MANY_MATTERS
    if offered.ends_at is not None and (offered.ends_at <= now or offered.ends_at <= offered.starts_at):
        return Refusal.PERIOD
    if offered.capacity in {Capacity.AGENT, Capacity.FAMILY}:
        is_long = offered.ends_at is None or offered.ends_at - max(offered.starts_at, now) > LONGEST
        return Refusal.PERIOD if is_long else None
    return None


def is_narrower(new: Held, old: Held) -> bool:
    """Whether a change takes away only: less matters, an earlier end, a later beginning, no more passing on."""
    return (
        new.capacity is old.capacity
        and is_within(new.matters, old.matters)
        and earlier(new.ends_at, old.ends_at) == new.ends_at
        and new.starts_at >= old.starts_at
        and (old.may_delegate or not new.may_delegate)
    )


def may_end(by: Capacity | None, is_own: bool, is_above: bool, target: Capacity) -> bool:
    """Whether somebody may end a grant: the agent the own one, whoever stands above it, and a higher capacity a lower one."""
    if is_own or is_above:
        return True
    if by not in _RANK or target not in _RANK or by is Capacity.AGENT:
        return False
    return _RANK.index(by) > _RANK.index(target)


def is_usable(
    state: DelegationState,
    starts_at: datetime,
    ends_at: datetime | None,
    is_subject_standing: bool,
    now: datetime,
) -> bool:
    """Whether a grant may be acted on, now: asked by every choice of a capacity, grant and use of a token."""
    is_in_time = starts_at <= now and (ends_at is None or now < ends_at)
    return state is DelegationState.ACTIVE and is_in_time and is_subject_standing


def is_open_invitation(state: DelegationState, invited_at: datetime, now: datetime) -> bool:
    """Whether an invitation can be accepted, now."""
    return state is DelegationState.INVITED and now < invited_at + INVITED_FOR


def highest(capacities: Iterable[Capacity]) -> Capacity | None:
    """The highest capacity of several, of those that an organisation gives."""
    held = [capacity for capacity in capacities if capacity in _RANK]
    return max(held, key=_RANK.index, default=None)
