"""Rows of consent: what a person gave to an application, when, and whether it was withdrawn (PIPL 14–16)."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Handle, Instant


class ConsentRow(Base):
    """One person's standing consent for one client; a new decision replaces the scope, the event log keeps the past."""

    __tablename__ = "consent"

    person_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("person.id"), primary_key=True)
    client_id: Mapped[str] = labelled(Label.INTERNAL, String(64), primary_key=True)
    scope: Mapped[str] = labelled(Label.INTERNAL, String(400))
    seen_scope: Mapped[str] = labelled(Label.INTERNAL, String(400))
    granted_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    withdrawn_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
