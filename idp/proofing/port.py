"""The port to those who vouch for persons (house.md: protocols live low, implementations high).

A mismatch is an answer; a source that is down is none: the two are never confused (china.md §3.5).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, repr=False)
class Claimed:
    """What is to be vouched for. `proof` is what the method needs beside it: a bank card's last digits, the result token
    of a face check, a network certificate; by the names of the method, never kept.
    """

    id_kind: str
    id_number: str
    name: str
    mobile: str | None = None
    proof: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return "Claimed(…)"


@dataclass(frozen=True, slots=True)
class Matched:
    """The source vouches. `reference` is its number of this check; `valid_until` the end of the document, `is_deceased`
    and `born` where it tells.
    """

    source: str
    reference: str
    obtained_at: datetime
    valid_until: datetime | None = None
    is_deceased: bool = False
    born: date | None = None


@dataclass(frozen=True, slots=True)
class Mismatched:
    """The source knows better. `fields` are the claimed ones that do not agree, where it tells: name, mobile, face …"""

    source: str
    reference: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotFound:
    """The source does not know this document."""

    source: str
    reference: str


@dataclass(frozen=True, slots=True)
class SourceDown:
    """No answer that counts: not reached, too slow, not signed as agreed, or resting after failures. Proves nothing."""

    source: str
    why: str


Verdict = Matched | Mismatched | NotFound | SourceDown


class Source(Protocol):
    """One who vouches for persons by one method."""

    @property
    def name(self) -> str:
        """Its name in evidence."""
        ...

    def check(self, claimed: Claimed) -> Verdict:
        """Ask. Never raises for what the other side does."""
        ...
