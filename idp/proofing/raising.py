"""Raising one's own level: which ways there are, what each asks, and what comes of going one.

::

    ways ──chosen──▶ typed ──what it needs is there──▶ the source is asked ──matched──▶ evidence, and the level is settled
                                                          └──mismatch, not found, down──▶ nothing is written
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from idp.accounts.store import Person
from idp.audit.event import Place
from idp.clock import Clock, instant
from idp.proofing.assurance import Assurance, NewEvidence
from idp.proofing.methods import HIGHEST, Method, Methods
from idp.proofing.port import Claimed, Matched, SourceDown
from idp.proofing.service import Proofing
from idp.proofing.store import Evidence
from idp.storage.engine import Db, Sql

TYPED: Final = frozenset({"card_number", "credential", "result_token", "receipt"})
"""What a person can type here. A method that needs anything else is proved elsewhere."""
WORDED: Final = frozenset(
    {
        "population",
        "mobile_operator",
        "bank",
        "network_identity",
        "face",
        "window",
        "certificate",
        "carried_over",
        "kinship",
    }
)
"""Methods that have words of their own."""
MOBILE: Final = "mobile"
LONGEST: Final = 128


@dataclass(frozen=True, slots=True)
class Way:
    """A way up: the method, and whether it lacks a mobile number on record."""

    method: Method
    lacks_mobile: bool

    @property
    def asks(self) -> tuple[str, ...]:
        """What has to be typed."""
        return tuple(need for need in self.method.needs if need != MOBILE)

    @property
    def word(self) -> str:
        """The key of its words: the method's own, or `other` where it has none."""
        return self.method.key if self.method.key in WORDED else "other"

    def serves(self, level: int) -> bool:
        """Whether it raises a level, or renews one that its proof carries for a time only."""
        return self.method.level > level or (self.method.level == level and self.method.days > 0)


@dataclass(frozen=True, slots=True)
class Raised:
    """The proof counts; this is the level now."""

    level: int


@dataclass(frozen=True, slots=True)
class Lacking:
    """Fields that are empty, or a consent that was not given (`consent`): nothing was asked."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unproved:
    """The source knows better or does not know the person. `fields` are those that differ, where it tells."""

    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The source did not answer: proves nothing either way."""


class Raising:
    """Tells ways and goes them."""

    def __init__(
        self, sql: Sql, clock: Clock, methods: Methods, proofing: Proofing, assurance: Assurance
    ) -> None:
        self._sql = sql
        self._clock = clock
        self._methods = methods
        self._proofing = proofing
        self._assurance = assurance

    def ways(self, person: Person) -> list[Way]:
        """Ways that a person can go here: there is a source, and what it needs can be typed; cheapest first."""
        asked = self._proofing.methods()
        found = [
            Way(one, MOBILE in one.needs and person.mobile is None)
            for one in self._methods.by_key.values()
            if one.key in asked and TYPED.union({MOBILE}).issuperset(one.needs)
        ]
        return sorted(found, key=lambda way: (way.method.level, way.method.key))

    def find(self, person: Person, key: str) -> Way | None:
        """A way that can be gone now, or None."""
        return next(
            (way for way in self.ways(person) if way.method.key == key and not way.lacks_mobile), None
        )

    def missing(self, proofs: Sequence[Evidence]) -> dict[int, int]:
        """How many more different methods each level needs that is not reached, by level."""
        now = instant(self._clock)
        found = {}
        for level in range(1, HIGHEST + 1):
            kinds = {one.method for one in proofs if one.level >= level and one.counts_at(now)}
            found[level] = max(0, self._methods.needed[level] - len(kinds))
        return {level: lack for level, lack in found.items() if lack}

    def proofs(self, db: Db, person: Person) -> list[Evidence]:
        """Every proof, newest first."""
        return self._assurance.list_of(db, person.id)

    def prove(
        self, person: Person, way: Way, typed: Mapping[str, str], has_agreed: bool, address: str, place: Place
    ) -> Raised | Lacking | Unproved | NoAnswer:
        """Go a way. Raises TooMany when somebody asks, or is asked about, too often."""
        proof = {name: typed.get(name, "").strip()[:LONGEST] for name in way.asks}
        empty = tuple(name for name, value in proof.items() if not value)
        if way.method.consent and not has_agreed:
            empty = (*empty, "consent")
        if empty:
            return Lacking(empty)
        actor = f"person:{person.id}"
        claimed = Claimed(person.id_kind, person.id_number, person.name, person.mobile, proof)
        verdict = self._proofing.check(way.method.key, claimed, actor, address, place)
        if isinstance(verdict, SourceDown):
            return NoAnswer()
        if not isinstance(verdict, Matched) or verdict.is_deceased:
            return Unproved(getattr(verdict, "fields", ()))
        new = NewEvidence(
            way.method.key, verdict.source, verdict.reference, verdict.obtained_at, verdict.valid_until
        )
        with self._sql.begin() as db:
            _, level = self._assurance.record(db, person.id, new, actor, place)
        return Raised(level)
