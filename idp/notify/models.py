"""Rows of the outbox: messages to persons, sealed until they are sent."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Handle, Instant, Sealed, enum_by_value


class MessageState(StrEnum):
    """queued → sent; queued → failed after the last try."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class MessageRow(Base):
    """One message to one number or address; both are emptied when it is sent or given up."""

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_state_due_at", "state", "due_at"),)

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    kind: Mapped[str] = labelled(Label.INTERNAL, String(32))
    channel: Mapped[str] = labelled(Label.INTERNAL, String(8))
    person_id: Mapped[str | None] = labelled(Label.INTERNAL, Handle, index=True)
    recipient: Mapped[bytes | None] = labelled(Label.PERSONAL, Sealed)
    text: Mapped[bytes | None] = labelled(Label.SECRET, Sealed)
    state: Mapped[MessageState] = labelled(Label.INTERNAL, enum_by_value(MessageState))
    tries: Mapped[int] = labelled(Label.INTERNAL)
    due_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    gateway: Mapped[str | None] = labelled(Label.INTERNAL, String(32))
    reference: Mapped[str | None] = labelled(Label.INTERNAL, String(64))
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    sent_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
