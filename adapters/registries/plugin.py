"""The plugin `registries`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.plugins import Contributions, Ways
from idp.settings import Section


@dataclass(frozen=True, slots=True)
class RegistriesPlugin:
    """See the package."""

    name: str = "registries"
    sections: Mapping[str, type[Section]] = field(default_factory=dict)

    def ways(self, base: Any) -> Ways:
        """Nothing yet."""
        return Ways()

    def contribute(self, services: Any) -> Contributions:
        """Nothing."""
        return Contributions()


plugin = RegistriesPlugin()
