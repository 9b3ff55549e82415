"""Known devices: remembered at each sign-in, trusted on wish, forgotten on wish.

unknown ──sign-in──▶ known ⇄ trusted (30 days; ends with any change of the ways to sign in) ──forgotten──▶ unknown

A trusted device spares its person the second step that the person himself wants. It never counts as a proof: what an
application, a matter or the weighing of risk asks for is asked for on it too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from crypto.compare import equal
from crypto.tokens import digest, random_handle, random_token
from idp.audit.event import Place
from idp.clock import Clock, instant
from idp.devices import store
from idp.devices.store import Device
from idp.storage.engine import Db

TRUSTED: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Seen:
    """The device of a sign-in: `cookie` is to be set where the browser had none, `is_first` the person's first one."""

    device: Device
    cookie: str | None
    is_new: bool
    is_first: bool


class Devices:
    """All acts on known devices."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def find(self, db: Db, person_id: str, cookie: str | None) -> Device | None:
        """The device that the cookie names for this person, or None."""
        return store.find(db, person_id, digest(cookie)) if cookie else None

    def is_trusted(self, device: Device | None) -> bool:
        """Whether its person trusts this device now."""
        return device is not None and device.is_trusted_at(instant(self._clock))

    def among(self, devices: Sequence[Device], cookie: str | None) -> Device | None:
        """The one of a person's devices that the cookie names, or None."""
        wanted = digest(cookie) if cookie else b""
        return next((device for device in devices if equal(device.cookie_digest, wanted)), None)

    def see(self, db: Db, person_id: str, cookie: str | None, name: str, place: str) -> Seen:
        """Remember the device of a sign-in."""
        now = instant(self._clock)
        known = self.find(db, person_id, cookie)
        if known is not None:
            store.see(db, known.id, now, name, place)
            return Seen(known, None, is_new=False, is_first=False)
        others = store.list_of(db, person_id)
        for old in others[store.MOST - 1 :]:
            store.remove(db, person_id, old.id)
        made = cookie or random_token()
        device = Device(random_handle(), person_id, name, place, now, now, None, digest(made))
        store.add(db, device)
        return Seen(device, None if cookie else made, is_new=True, is_first=not others)

    def trust(self, db: Db, person_id: str, cookie: str) -> None:
        """Spare the person the second step on this device for 30 days."""
        store.trust(db, person_id, digest(cookie), instant(self._clock) + TRUSTED)

    def end_trust(self, db: Db, person_id: str) -> None:
        """Trust no device of a person any more: a way of signing in changed."""
        store.end_trust(db, person_id)

    def list_of(self, db: Db, person_id: str) -> list[Device]:
        """A person's devices, the last used one first."""
        return store.list_of(db, person_id)

    def forget(self, db: Db, person_id: str, device_id: str) -> bool:
        """Forget one device of a person; false when it is not there."""
        return store.remove(db, person_id, device_id)

    def person_gone(self, db: Db, person_id: str, why: str, actor: str, place: Place) -> None:
        """Forget a person's devices: the person is gone."""
        store.remove_all(db, person_id)
