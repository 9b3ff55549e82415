"""Pure: how unusual a sign-in is, and what follows. Every signal that counted is told, with what it counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from idp.risk.regions import Regions
from idp.risk.settings import RiskSettings


class Signal(StrEnum):
    """What can be unusual; each has its weight in the settings."""

    NEW_DEVICE = "new_device"
    NEW_NETWORK = "new_network"
    TRAVEL = "travel"
    OFTEN = "often"
    STUFFING = "stuffing"
    CHANGED_MEANS = "changed_means"


class Action(StrEnum):
    """What follows. Each takes in the ones before it, but for a refusal."""

    NOTHING = "nothing"
    RAISE = "raise"
    SLOW = "slow"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier sign-in as a device remembers its last: from which network, when (seconds since 1970)."""

    place: str
    at: float


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a sign-in. `before` is empty for the very first one, which is like nothing that was."""

    place: str
    at: float
    is_known_device: bool
    before: tuple[Before, ...]
    lately: int
    failed_there: int
    is_means_changed: bool


@dataclass(frozen=True, slots=True)
class Weighed:
    """The signals that counted with their weights, and what follows."""

    signals: tuple[tuple[Signal, int], ...]
    action: Action

    @property
    def score(self) -> int:
        """The sum of the weights."""
        return sum(weight for _, weight in self.signals)

    @property
    def text(self) -> str:
        """The signals as the audit keeps them: `new_device=20 travel=50`."""
        return " ".join(f"{signal.value}={weight}" for signal, weight in self.signals)


def weigh(facts: Facts, settings: RiskSettings, regions: Regions) -> Weighed:
    """Weigh a sign-in."""
    seen = tuple((signal, getattr(settings, signal.value)) for signal in _signals(facts, settings, regions))
    counted = tuple((signal, weight) for signal, weight in seen if weight > 0)
    return Weighed(counted, _action(sum(weight for _, weight in counted), settings))


def _action(score: int, settings: RiskSettings) -> Action:
    if score >= settings.refuse_at:
        return Action.REFUSE
    if score >= settings.slow_at:
        return Action.SLOW
    return Action.RAISE if score >= settings.raise_at else Action.NOTHING


def _signals(facts: Facts, settings: RiskSettings, regions: Regions) -> Iterator[Signal]:
    if facts.before:
        if not facts.is_known_device:
            yield Signal.NEW_DEVICE
        if all(one.place != facts.place for one in facts.before):
            yield Signal.NEW_NETWORK
        if _is_unreachable(facts, settings, regions):
            yield Signal.TRAVEL
    if facts.lately > settings.often_allowed:
        yield Signal.OFTEN
    if facts.failed_there > settings.stuffing_allowed:
        yield Signal.STUFFING
    if facts.is_means_changed:
        yield Signal.CHANGED_MEANS


def _is_unreachable(facts: Facts, settings: RiskSettings, regions: Regions) -> bool:
    """Whether nobody gets from the last sign-in to this one in the time between."""
    last = max(facts.before, key=lambda one: one.at)
    here, there = regions.find(facts.place), regions.find(last.place)
    if here is None or there is None:
        return False
    km, hours = here.km_to(there), max(facts.at - last.at, 1.0) / 3600
    return km > settings.nearest_km and km / hours > settings.fastest_km_per_hour
