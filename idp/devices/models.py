"""Rows of known devices."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Digest, Handle, Instant


class DeviceRow(Base):
    """One browser from which one person signed in. The cookie that names it is not kept, only its digest."""

    __tablename__ = "known_device"
    __table_args__ = (UniqueConstraint("person_id", "cookie_digest"),)

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    person_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("person.id"))
    cookie_digest: Mapped[bytes] = labelled(Label.SECRET, Digest)
    name: Mapped[str] = labelled(Label.INTERNAL, String(80))
    place: Mapped[str] = labelled(Label.INTERNAL, String(64))
    first_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    last_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    trusted_until: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
