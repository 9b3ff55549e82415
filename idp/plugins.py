"""The contract that federation, adapters and admin speak: one `plugin` object each, listed in `composition.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from idp.jobs import Job
from idp.notify.port import Gateway
from idp.organisations.port import Register
from idp.proofing.port import Source
from idp.settings import Section
from idp.web.routing import Route


@dataclass(frozen=True, slots=True)
class Ways:
    """Ways to the outside that services are built upon: who vouches, by method; the legal-person register; gateways."""

    sources: Mapping[str, Source] = field(default_factory=dict)
    register: Register | None = None
    gateways: tuple[Gateway, ...] = ()


@dataclass(frozen=True, slots=True)
class Contributions:
    """What a plugin gives. Routes are answered by `parts`, which are named as the routes' endpoints name them."""

    routes: tuple[Route, ...] = ()
    parts: Mapping[str, object] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()


class Plugin(Protocol):
    """A part of the house that can be left out."""

    @property
    def name(self) -> str:
        """Its name in settings and logs."""
        ...

    @property
    def sections(self) -> Mapping[str, type[Section]]:
        """Its sections of the settings, by name."""
        ...

    def ways(self, base: Any) -> Ways:
        """Its ways to the outside, given stores, keys and settings (`wiring.Foundation`); called before services are built."""
        ...

    def contribute(self, services: Any) -> Contributions:
        """What this plugin adds, given the services of the house (`wiring.Services`)."""
        ...
