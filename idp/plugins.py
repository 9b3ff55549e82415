"""The contract that federation, adapters and admin speak: one `plugin` object each, listed in `main.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from idp.jobs import Job
from idp.web.routing import Route


@dataclass(frozen=True, slots=True)
class Contributions:
    """What a plugin gives. Routes are answered by `parts`, which are named as the routes' endpoints name them."""

    routes: tuple[Route, ...] = ()
    parts: Mapping[str, object] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()


class Plugin(Protocol):
    """A part of the house that can be left out."""

    name: str

    def contribute(self, services: Any) -> Contributions:
        """What this plugin adds, given the services of the house (`wiring.Services`)."""
        ...
