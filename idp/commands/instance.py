"""What commands work on: the settings of this process, and the services built from them."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from crypto.tokens import short_reference
from idp.audit.event import Place
from idp.commands import terminal
from idp.composition import load_settings, wire
from idp.wiring import Services


def settings() -> Any:
    """The settings of this process. Raises SettingsRefused, which names keys and never values."""
    loaded = load_settings()
    terminal.log_to_stderr(loaded.observe.log_level)
    return loaded


@contextmanager
def services(loaded: Any) -> Iterator[Services]:
    """All services, given back at the end; the log goes to stderr."""
    built = wire(loaded, log_to=sys.stderr.buffer)
    try:
        yield built
    finally:
        built.close()


def actor() -> str:
    """Who acts, for the audit log: the account of the operating system."""
    return f"cli:{getpass.getuser()}"[:96]


def place() -> Place:
    """Where an act of the command line comes from."""
    return Place("console", short_reference())
