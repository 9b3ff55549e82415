"""Writing the audit log: `append` in the caller's transaction, `note` in one of its own."""

from datetime import UTC, datetime

from idp.audit import store
from idp.audit.event import Event
from idp.clock import Clock
from idp.storage.engine import Db, Sql


class Audit:
    """The one way into the audit log."""

    def __init__(self, sql: Sql, clock: Clock) -> None:
        self._sql = sql
        self._clock = clock

    def append(self, db: Db, *events: Event) -> None:
        """Write events with the caller's transaction: they stand if and only if it commits."""
        store.add(db, [self._row(event) for event in events])

    def note(self, event: Event) -> None:
        """Write an event by itself: for refusals, where nothing else is written. Durable when it returns."""
        with self._sql.once() as db:
            store.add(db, [self._row(event)])

    def _row(self, event: Event) -> dict[str, object]:
        return {
            "at": datetime.fromtimestamp(self._clock.timestamp(), UTC),
            "act": event.act,
            "outcome": event.outcome.value,
            "actor": event.actor,
            "object": event.object,
            "place": event.place.source,
            "reference": event.place.reference,
            "details": event.details(),
        }
