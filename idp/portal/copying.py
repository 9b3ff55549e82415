"""The copy of everything that is held about a person (PIPL 45), as one JSON document made on the spot and kept nowhere."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Final

import orjson

from idp.accounts.store import Person
from idp.audit import store as audit_store
from idp.audit.event import REGISTRY
from idp.clock import Clock, instant
from idp.storage.engine import Db

Section = Callable[[Db, Person], Any]
"""Gives what one part of the house holds about a person: frozen values, no secrets."""
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
AT_ONCE: Final = 1_000


class Copier:
    """Makes copies; each part of the house is one section of the document."""

    def __init__(self, clock: Clock, sections: Mapping[str, Section]) -> None:
        self._clock = clock
        self._sections = sections

    def make(self, db: Db, person: Person) -> bytes:
        """The document, with nothing masked: it goes to the person alone."""
        parts = {name: plain(section(db, person)) for name, section in self._sections.items()}
        document = {"made_at": plain(instant(self._clock)), **parts}
        return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def everything_done(db: Db, person: Person) -> list[audit_store.Entry]:
    """Every event of the audit log that the person caused, newest first."""
    found: list[audit_store.Entry] = []
    acts, before = tuple(REGISTRY), None
    while True:
        part = audit_store.list_of_actor(db, f"person:{person.id}", acts, BEGINNING, before, AT_ONCE)
        found += part
        if len(part) < AT_ONCE:
            return found
        before = part[-1].id


def plain(value: Any) -> Any:
    """A value in the terms of JSON; bytes have no place in a copy and raise TypeError."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    for kind, turn in TURNS:
        if isinstance(value, kind):
            return turn(value)
    raise TypeError(f"{type(value).__name__} in a copy")


TURNS: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    (Enum, lambda each: each.value),
    (str, str),
    (date, lambda each: each.isoformat()),
    (Mapping, lambda each: {str(name): plain(one) for name, one in each.items()}),
    ((frozenset, set), lambda each: sorted(map(plain, each))),
    ((list, tuple), lambda each: [plain(one) for one in each]),
)
