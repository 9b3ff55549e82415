"""Rows of the audit log: appended, never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Integer, String
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Instant


class AuditRow(Base):
    """One event: who did what to what, with which outcome, where, under which reference."""

    __tablename__ = "audit_event"

    id: Mapped[int] = labelled(Label.INTERNAL, BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime] = labelled(Label.INTERNAL, Instant, index=True)
    act: Mapped[str] = labelled(Label.INTERNAL, String(48))
    outcome: Mapped[str] = labelled(Label.INTERNAL, String(16))
    actor: Mapped[str] = labelled(Label.INTERNAL, String(96), index=True)
    object: Mapped[str] = labelled(Label.INTERNAL, String(96))
    place: Mapped[str] = labelled(Label.INTERNAL, String(64))
    reference: Mapped[str] = labelled(Label.INTERNAL, String(32), index=True)
    details: Mapped[dict[str, Any]] = labelled(Label.INTERNAL, JSON)
