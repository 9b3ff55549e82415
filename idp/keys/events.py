"""Events in the life of keys. `object` is the key's id, or purpose and version."""

from dataclasses import dataclass

from idp.audit.event import Event, Outcome, Place

SYSTEM = "system"
HERE = Place("system", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMade(Event):
    """A key pair was made."""

    act = "key.made"
    purpose: str
    algorithm: str
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMoved(Event):
    """A key went from one state of its life to the next; `reason` is schedule, officer, emergency or ceremony."""

    act = "key.moved"
    purpose: str
    algorithm: str
    old: str
    new: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMoveRefused(Event):
    """A key was not moved; `reason` is the word of the rule that forbids it."""

    act = "key.move_refused"
    wanted: str
    reason: str
    outcome: Outcome = Outcome.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDeviceGone(Event):
    """What keeps the private keys does not answer: nothing is signed until it does. Once per process and loss."""

    act = "key.device_gone"
    outcome: Outcome = Outcome.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDeviceBack(Event):
    """What keeps the private keys answers again."""

    act = "key.device_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPairUnusable(Event):
    """A private key does not open or is not the one that its row names: damaged, swapped or moved. Once per process."""

    act = "key.pair_unusable"
    outcome: Outcome = Outcome.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredKeyMet(Event):
    """A token came back under a key that verifies nothing any more. Once per process and key."""

    act = "key.retired_met"
    outcome: Outcome = Outcome.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUseNearLimit(Event):
    """A key was used so often that it should be replaced. Once per process and key."""

    act = "key.use_near_limit"
    used: int
    limit: int
