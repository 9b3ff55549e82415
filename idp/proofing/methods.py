"""The ways to prove who somebody is, read from `methods.toml` once."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).parent / "methods.toml"
LEVELS: Final = "levels"
HIGHEST: Final = 3


@dataclass(frozen=True, slots=True)
class Method:
    """One way: what it carries and for how long, and what it asks of the person."""

    key: str
    level: int
    days: int
    grade: str
    needs: tuple[str, ...]
    consent: bool


@dataclass(frozen=True, slots=True)
class Methods:
    """All ways, and how many different ones a level needs."""

    by_key: Mapping[str, Method]
    needed: Mapping[int, int]

    def level_of(self, proofs: Iterable[tuple[str, int]]) -> int:
        """The level that proofs (method, level carried) come to: the highest that enough different methods carry."""
        held = list(proofs)
        for level in range(HIGHEST, 0, -1):
            kinds = {method for method, carried in held if carried >= level}
            if len(kinds) >= self.needed[level]:
                return level
        return 0

    def reaching(self, level: int) -> list[Method]:
        """The methods that carry a level, cheapest first."""
        return sorted((one for one in self.by_key.values() if one.level >= level), key=lambda one: one.level)


@cache
def methods() -> Methods:
    """The table. Raises ValueError at boot for one that cannot be."""
    return parse(tomllib.loads(FILE.read_text("utf-8")))


def parse(tables: Mapping[str, Any]) -> Methods:
    """The methods of a parsed file. Raises ValueError."""
    needed = {int(level): int(count) for level, count in tables[LEVELS].items()}
    found = {
        key: Method(
            key, table["level"], table["days"], table["grade"], tuple(table["needs"]), table["consent"]
        )
        for key, table in tables.items()
        if key != LEVELS
    }
    is_whole = set(needed) == set(range(1, HIGHEST + 1)) and all(count > 0 for count in needed.values())
    are_fit = all(
        0 < one.level <= HIGHEST and one.grade in set("ABCD") and one.days >= 0 for one in found.values()
    )
    if not is_whole or not are_fit:
        raise ValueError("methods.toml: a level or method is out of range")
    # Nobody may depend on one way only (ux.md §1.4 rule 7): carried_over is history and no way.
    ways = [one for one in found.values() if one.key != "carried_over"]
    if any(sum(one.level >= level for one in ways) < 2 for level in needed):
        raise ValueError("methods.toml: a level has one way only")
    return Methods(found, needed)
