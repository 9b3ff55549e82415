"""Several processes of one instance whose data keys are rotated, and everything that a test asks of the rows."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import text

from crypto.seal import header_of
from idp.audit.event import Place
from idp.keys.data.lifecycle import DataLifecycle
from idp.keys.lifecycle import Actor
from idp.keys.reseal.service import Reseal
from tests.support.provider import Provider

OFFICER = Actor("officer-1", Place("console", "test"), "officer")
PAST_SPREAD = 61
PAST_VERIFY = 7_201
PAST_RETIRE = 86_401


@dataclass(frozen=True, slots=True)
class Act:
    """An event: its object and what it adds."""

    object: str
    details: dict[str, Any]


class Nodes:
    """Providers over the same stores, whose clocks move together."""

    def __init__(self, environment: dict[str, str], count: int = 2) -> None:
        self.environment = environment
        self.providers = [Provider(environment) for _ in range(count)]
        for each in self.providers[1:]:
            each.clock.advance(self.first.clock.timestamp() - each.clock.timestamp())
        # The standing clocks begin at a whole second, which the keys of a fresh instance may be ahead of.
        self.advance(2)

    @property
    def first(self) -> Provider:
        """The node that acts."""
        return self.providers[0]

    @property
    def second(self) -> Provider:
        """A node that only hears of it."""
        return self.providers[1]

    @property
    def lifecycle(self) -> DataLifecycle:
        """Moves of versions, on the first node."""
        return self.first.services.data_rotation.lifecycle

    @property
    def reseal(self) -> Reseal:
        """What makes rows anew, on the first node."""
        return self.first.services.data_rotation.reseal

    def advance(self, seconds: float) -> None:
        """Let time pass on all nodes."""
        for each in self.providers:
            each.clock.advance(seconds)

    def activated(self, purpose: str) -> int:
        """Make the next version of a data key and let it seal; its number, known to all nodes."""
        version = self.lifecycle.make(purpose, OFFICER)
        self.advance(PAST_SPREAD)
        if purpose == "lookup":
            self.walk()
        self.lifecycle.activate(purpose, version, OFFICER)
        self.advance(2)
        return version

    def walk(self) -> None:
        """Make everything anew that is to be."""
        self.reseal.run(lambda: False, lambda _: None)

    def state(self, purpose: str) -> dict[int, str]:
        """The state of each version."""
        return {row.version: row.state for row in self.rows("data_key", f"purpose = '{purpose}'")}

    def rows(self, table: str, where: str = "1 = 1") -> list[Any]:
        """Rows of a table."""
        with self.first.sql.once() as db:
            return list(db.execute(text(f"SELECT * FROM {table} WHERE {where}")))  # noqa: S608 - constants of tests

    def versions(self, table: str, column: str) -> set[int]:
        """The versions of the sealing key that a column is sealed under."""
        known = {header_of(version): version for version in range(1, 9)}
        found = (getattr(row, column) for row in self.rows(table))
        return {known[bytes(sealed)[:3]] for sealed in found if sealed is not None}

    def change(self, statement: str, **values: object) -> int:
        """Change rows as somebody with the database in hand could; how many."""
        with self.first.sql.begin() as db:
            return db.execute(text(statement), values).rowcount

    def acts(self, act: str) -> list[Act]:
        """Events of an act; alarms are written by threads of their own, which are waited for."""
        for thread in threading.enumerate():
            if thread.name == "key-alarm":
                thread.join()
        return [Act(row.object, _details(row.details)) for row in self.first.events(act)]

    def close(self) -> None:
        """Give connections back."""
        for each in self.providers:
            each.close()


@contextmanager
def nodes(environment: dict[str, str], count: int = 2) -> Iterator[Nodes]:
    """So many nodes of an instance."""
    made = Nodes(environment, count)
    try:
        yield made
    finally:
        made.close()


def _details(kept: Any) -> dict[str, Any]:
    """SQLite gives JSON as text where no column type says otherwise."""
    return dict(orjson.loads(kept) if isinstance(kept, str) else kept)
