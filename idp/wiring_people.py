"""Builds what concerns persons, organisations and who acts for whom, over the foundation and the plugins' ways out."""

from dataclasses import dataclass
from typing import Any

from idp.plugins import Ways


@dataclass(frozen=True, slots=True)
class People:
    """The services of persons and organisations; each part adds its own."""

    ways: Ways


def people(base: Any, ways: Ways) -> People:
    """Build them over the foundation (`wiring.Foundation`), in the order in which they need each other."""
    return People(ways=ways)
