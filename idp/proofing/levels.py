"""Our assurance scale and its mapping to those of others; `ial`, `aal` and `fal` are three things (GB/T 40651-2021 §8)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).parent / "levels.toml"
LEVELS: Final = range(4)


@dataclass(frozen=True, slots=True)
class Scale:
    """How one peer names levels. `out` says ours in its words, `into` its words in ours."""

    name: str
    out: Mapping[int, str]
    into: Mapping[str, int]

    def say(self, level: int) -> str:
        """Our level in the peer's words; never more than it is. Raises KeyError for no level."""
        return self.out[level]

    def read(self, word: str, trusted: int) -> int:
        """A peer's word on our scale, at most what the peer is trusted for; what nobody knows counts as nothing."""
        return min(self.into.get(word, 0), trusted)


@cache
def scales() -> Mapping[str, Scale]:
    """Every scale by name. Raises ValueError at boot for a table that would raise a level by going round."""
    return parse(tomllib.loads(FILE.read_text("utf-8")))


def parse(tables: Mapping[str, Any]) -> dict[str, Scale]:
    """The scales of a parsed file. Raises ValueError."""
    found = {}
    for name, table in tables.items():
        out = {int(level): str(word) for level, word in table["out"].items()}
        into = {str(word): int(level) for word, level in table["in"].items()}
        if set(out) != set(LEVELS) or not set(into.values()) <= set(LEVELS):
            raise ValueError(f"levels.toml: {name} is not whole")
        if any(into.get(word, 0) > level for level, word in out.items()):
            raise ValueError(f"levels.toml: {name} raises a level by going round")
        found[name] = Scale(name, out, into)
    return found


def is_at_least(level: int, wanted: int) -> bool:
    """Whether a level satisfies another: computed here and never by comparing words (LOA-04)."""
    return level >= wanted
