"""Rows of sign-in sessions and of the applications that took part in them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Digest, Handle, Instant


class SessionRow(Base):
    """One sign-in in one browser. The cookie's value is not kept, only its digest; `id` is the public `sid`."""

    __tablename__ = "sso_session"

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    cookie_digest: Mapped[bytes] = labelled(Label.SECRET, Digest, unique=True)
    person_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("person.id"), index=True)
    acr: Mapped[str] = labelled(Label.INTERNAL, String(64))
    amr: Mapped[str] = labelled(Label.INTERNAL, String(64))
    evidence: Mapped[str] = labelled(Label.INTERNAL, String(400), server_default="")
    auth_time: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    seen_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    expires_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant, index=True)
    idle_seconds: Mapped[int | None] = labelled(Label.INTERNAL, Integer)
    place: Mapped[str] = labelled(Label.INTERNAL, String(64))
    device: Mapped[str] = labelled(Label.INTERNAL, String(80))
    delegation_id: Mapped[str | None] = labelled(Label.INTERNAL, Handle)
    via_delegation_id: Mapped[str | None] = labelled(Label.INTERNAL, Handle)
    capacity: Mapped[str | None] = labelled(Label.INTERNAL, String(24))
    ended_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
    ended_for: Mapped[str | None] = labelled(Label.INTERNAL, String(32))


class ParticipantRow(Base):
    """An application that was told of a session, so that it can be told of its end."""

    __tablename__ = "session_participant"

    session_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("sso_session.id"), primary_key=True)
    client_id: Mapped[str] = labelled(Label.INTERNAL, String(64), primary_key=True)
    first_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    last_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
