"""The base of all audit events. Each domain defines its own beside its rules, in `events.py`."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

REGISTRY: dict[str, type["Event"]] = {}


class Outcome(StrEnum):
    """How an act ended."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an act came from: the masked source address and the reference of the request."""

    source: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Who did what to what, with which outcome, where.

    Fields of subclasses become the event's details: identifiers of ours, codes and counts only; never personal data,
    a code or a token.
    """

    act: ClassVar[str]
    actor: str
    object: str
    place: Place
    outcome: Outcome = field(default=Outcome.DONE)

    def __init_subclass__(cls, **options: Any) -> None:
        # slots=True makes each class twice; the second, final one stays registered.
        super(Event, cls).__init_subclass__(**options)
        REGISTRY[cls.act] = cls

    def details(self) -> dict[str, str | int | bool | None]:
        """The fields that this kind of event adds."""
        # With slots, a class lists exactly the fields that it adds to its base.
        return {name: getattr(self, name) for name in self.__slots__}
