"""Events of data keys and of what is made anew under them. Their moves are `key.made`, `key.moved` and `key.move_refused`."""

from dataclasses import dataclass

from idp.audit.event import Event, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKeyUnusable(Event):
    """A version of a data key does not open and is left out; the object is purpose and version. Once per process."""

    act = "key.data_unusable"
    outcome: Outcome = Outcome.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class ResealEnded(Event):
    """A table was made anew under a version of a key; the object is the work and its table. `refused` rows did not open."""

    act = "reseal.ended"
    version: int
    rows: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRowRefused(Event):
    """A sealed row did not open: damaged, moved, or under a key that is not held. The object is its table and id."""

    act = "seal.row_refused"
    outcome: Outcome = Outcome.REFUSED
