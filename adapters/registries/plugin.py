"""The plugin `registries`: sources for proofing and the legal-person register, as the settings name them."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.registries.client import SourceClient
from adapters.registries.legal_persons import LegalPersonRegister
from adapters.registries.persons import PersonSource
from adapters.registries.settings import RegistriesSettings
from idp.plugins import Contributions, Ways
from idp.settings import Section

LEGAL_PERSONS: Final = "legal_persons"


class RegistriesPlugin:
    """Gives ways out and nothing else."""

    name = "registries"
    sections: Mapping[str, type[Section]] = {"registries": RegistriesSettings}

    def ways(self, base: Any) -> Ways:
        """A source for each method in the settings; the register where it is named."""
        settings: RegistriesSettings = base.settings.registries
        clients = {
            method: SourceClient(
                method,
                entry,
                settings.system,
                base.outbound,
                base.keyring,
                base.clock,
                settings.rest_seconds,
            )
            for method, entry in settings.sources.items()
        }
        register = clients.pop(LEGAL_PERSONS, None)
        return Ways(
            sources={method: PersonSource(client, base.clock) for method, client in clients.items()},
            register=LegalPersonRegister(register) if register is not None else None,
        )

    def contribute(self, services: Any) -> Contributions:
        """Nothing."""
        return Contributions()


plugin = RegistriesPlugin()
