"""Every query on known devices."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from idp.devices.models import DeviceRow
from idp.storage.base import table_of
from idp.storage.direct import Prepared
from idp.storage.types import Digest

MOST: Final = 50
"""How many devices of one person are kept; the one longest unused makes room."""
_device = table_of(DeviceRow)
_ONE = Prepared(
    select(_device).where(
        _device.c.person_id == bindparam("person_id"),
        _device.c.cookie_digest == bindparam("digest", type_=Digest),
    )
)


@dataclass(frozen=True, slots=True)
class Device:
    """One browser from which a person signed in before."""

    id: str
    person_id: str
    name: str
    place: str
    first_at: datetime
    last_at: datetime
    trusted_until: datetime | None
    cookie_digest: bytes = field(repr=False)

    def is_trusted_at(self, now: datetime) -> bool:
        """Whether its person spares himself the second step on it."""
        return self.trusted_until is not None and now < self.trusted_until


def find(db: Connection, person_id: str, digest: bytes) -> Device | None:
    """The device that a cookie names for a person, or None."""
    row = _ONE.first(db, {"person_id": person_id, "digest": digest})
    return _value(row) if row is not None else None


def list_of(db: Connection, person_id: str) -> list[Device]:
    """A person's devices, the last used one first."""
    wanted = select(_device).where(_device.c.person_id == person_id).order_by(_device.c.last_at.desc())
    return [_value(row) for row in db.execute(wanted.limit(2 * MOST))]


def add(db: Connection, device: Device) -> None:
    """Add a device. Raises Conflict (at the transaction's door) when another request added it at the same moment."""
    row = {name: getattr(device, name) for name in Device.__dataclass_fields__}
    db.execute(insert(_device).values(row))


def see(db: Connection, device_id: str, now: datetime, name: str, place: str) -> None:
    """Remember that a device was used, by which name and where."""
    seen = {"last_at": now, "name": name, "place": place}
    db.execute(update(_device).where(_device.c.id == device_id).values(seen))


def trust(db: Connection, person_id: str, digest: bytes, until: datetime | None) -> None:
    """Set until when a person trusts a device."""
    wanted = update(_device).where(_device.c.person_id == person_id, _device.c.cookie_digest == digest)
    db.execute(wanted.values(trusted_until=until))


def remove(db: Connection, person_id: str, device_id: str) -> bool:
    """Forget a device of a person; false when it is not there."""
    gone = delete(_device).where(_device.c.id == device_id, _device.c.person_id == person_id)
    return db.execute(gone.returning(_device.c.id)).first() is not None


def remove_all(db: Connection, person_id: str) -> None:
    """Forget every device of a person."""
    db.execute(delete(_device).where(_device.c.person_id == person_id))


def end_trust(db: Connection, person_id: str) -> None:
    """End the trust of every device of a person."""
    db.execute(update(_device).where(_device.c.person_id == person_id).values(trusted_until=None))


def _value(row: Any) -> Device:
    return Device(**{name: getattr(row, name) for name in Device.__dataclass_fields__})
