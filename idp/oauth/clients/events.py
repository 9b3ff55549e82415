"""Events of clients."""

from dataclasses import dataclass

from idp.audit.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLevelsChanged(Event):
    """The least levels of a client were set; the object is the client."""

    act = "client.levels_changed"
    least_aal: int
    least_ial: int
    least_aal_before: int
    least_ial_before: int
