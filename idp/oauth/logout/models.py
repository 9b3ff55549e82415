"""The ledger of back-channel logout: one row per session and client, with what came of it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Handle, Instant, enum_by_value


class DeliveryState(StrEnum):
    """pending → delivered, or after the last try → failed."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class LogoutDeliveryRow(Base):
    """What one application is to be told of one ended session (OpenID Connect Back-Channel Logout 1.0)."""

    __tablename__ = "logout_delivery"
    __table_args__ = (UniqueConstraint("session_id", "client_id"),)

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    session_id: Mapped[str] = labelled(Label.INTERNAL, Handle)
    client_id: Mapped[str] = labelled(Label.INTERNAL, String(64))
    person_id: Mapped[str] = labelled(Label.INTERNAL, Handle)
    state: Mapped[DeliveryState] = labelled(Label.INTERNAL, enum_by_value(DeliveryState))
    attempts: Mapped[int] = labelled(Label.INTERNAL)
    next_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant, index=True)
    last_result: Mapped[str] = labelled(Label.INTERNAL, String(80), default="")
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
