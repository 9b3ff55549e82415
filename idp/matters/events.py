"""Events of the matter catalogue."""

from dataclasses import dataclass

from idp.audit.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MattersImported(Event):
    """A catalogue was imported: how many matters came, changed and retired."""

    act = "matter.imported"
    added: int
    changed: int
    retired: int
