"""Events of conversion."""

from dataclasses import dataclass

from idp.audit.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesAttached(Event):
    """Old codes were found to be an organisation's; `kinds` names them, separated by commas, `state` says how."""

    act = "organisation.codes_attached"
    kinds: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionRun(Event):
    """A file of old records was read to its end: how many of each state."""

    act = "organisation.converted"
    attached: int
    unchanged: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDecided(Event):
    """An officer said whose an old record is, or that it is nobody's; `organisation` is empty then."""

    act = "organisation.conversion_decided"
    organisation: str
