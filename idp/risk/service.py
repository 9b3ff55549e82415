"""Weighs sign-ins: gathers what is known, remembers what is needed for the next one.

What is counted lives in the short-lived store under digests; should it be lost, a sign-in looks more usual than it is,
and what the person, the application and the matter ask for is asked for all the same.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from crypto.lookup import Lookup
from idp.clock import Clock
from idp.devices.store import Device
from idp.ephemeral.port import Store
from idp.risk.regions import Regions
from idp.risk.settings import RiskSettings
from idp.risk.weigh import Before, Facts, Weighed, weigh

OFTEN_SECONDS: Final = 600
STUFFING_SECONDS: Final = 3600
WAITED_SECONDS: Final = 900
"""How long a pause that was waited out opens the door."""
TOLD_SECONDS: Final = 3600
"""A person is told of refused sign-ins this often at most."""


class Risk:
    """The one place that says how unusual a sign-in is."""

    def __init__(
        self, settings: RiskSettings, regions: Regions, store: Store, lookup: Lookup, clock: Clock
    ) -> None:
        self._settings = settings
        self._regions = regions
        self._store = store
        self._lookup = lookup
        self._clock = clock

    def weigh(
        self, person_id: str, source: str, place: str, devices: Sequence[Device], is_known: bool
    ) -> Weighed:
        """Weigh a right proof of a person from an address (`source`) in a network (`place`)."""
        facts = Facts(
            place=place,
            at=self._clock.timestamp(),
            is_known_device=is_known,
            before=tuple(Before(one.place, one.last_at.timestamp()) for one in devices),
            lately=self._store.count(self._key("often", person_id), OFTEN_SECONDS, 0),
            failed_there=self._store.count(self._key("stuffing", source), STUFFING_SECONDS, 0),
            is_means_changed=self._is_changed(person_id),
        )
        return weigh(facts, self._settings, self._regions)

    def signed_in(self, person_id: str) -> None:
        """Count a sign-in of a person."""
        self._store.count(self._key("often", person_id), OFTEN_SECONDS)

    def failed(self, source: str, whose: str) -> None:
        """Count that a proof of somebody failed from an address; of each one once an hour."""
        if self._store.add_once(self._key("failed", f"{source}|{whose}"), b"1", STUFFING_SECONDS):
            self._store.count(self._key("stuffing", source), STUFFING_SECONDS)

    def is_stuffed(self, source: str) -> bool:
        """Whether so many people's proofs failed from an address lately that a program may be at work there."""
        failed = self._store.count(self._key("stuffing", source), STUFFING_SECONDS, 0)
        return failed > self._settings.stuffing_allowed

    def means_changed(self, person_id: str) -> None:
        """A way to sign in, or the number to which codes go, is another one from now on."""
        until = self._clock.timestamp() + self._settings.changed_hours * 3600
        self._store.put(
            self._key("changed", person_id), repr(until).encode(), self._settings.changed_hours * 3600
        )

    def _is_changed(self, person_id: str) -> bool:
        until = self._store.get(self._key("changed", person_id))
        return until is not None and self._clock.timestamp() < float(until)

    def wait_until(self, person_id: str, source: str) -> datetime | None:
        """When the pause of this person at this address is over; None once it was waited out."""
        key, now = self._key("wait", f"{person_id}|{source}"), self._clock.timestamp()
        until = now + self._settings.slow_seconds
        life = self._settings.slow_seconds + WAITED_SECONDS
        if not self._store.add_once(key, repr(until).encode(), life):
            kept = self._store.get(key)
            until = float(kept) if kept is not None else until
        return datetime.fromtimestamp(until, UTC) if now < until else None

    def may_tell(self, person_id: str) -> bool:
        """Whether the person was not told of a refusal within the hour: true for one of any number of callers."""
        return self._store.add_once(self._key("told", person_id), b"1", TOLD_SECONDS)

    def _key(self, what: str, of: str) -> bytes:
        return self._lookup.digest(f"risk:{what}", of)
