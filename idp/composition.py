"""Which plugins this house has; settings and services built with them. `main.py` makes the applications of these."""

from collections.abc import Mapping
from typing import Any, BinaryIO, Final

from adapters.messages.plugin import plugin as messages
from adapters.registries.plugin import plugin as registries
from idp import wiring
from idp.clock import Clock
from idp.plugins import Plugin
from idp.settings import Section
from idp.wiring import Services

PLUGINS: Final[tuple[Plugin, ...]] = (registries, messages)
SECTIONS: Final[Mapping[str, type[Section]]] = {
    **wiring.SECTIONS,
    **{name: section for plugin in PLUGINS for name, section in plugin.sections.items()},
}


def load_settings(environment: Mapping[str, str] | None = None) -> Any:
    """The settings of this process. Raises SettingsRefused."""
    return wiring.load_settings(SECTIONS, environment)


def prepare(settings: Any, clock: Clock | None = None) -> None:
    """As `wiring.prepare`."""
    wiring.prepare(settings, clock)


def wire(settings: Any, clock: Clock | None = None, log_to: BinaryIO | None = None) -> Services:
    """As `wiring.wire`, with every plugin."""
    return wiring.wire(settings, clock, log_to, PLUGINS)
