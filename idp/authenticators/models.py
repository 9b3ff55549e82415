"""One table for the credentials of every kind."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Handle, Instant, Sealed


class CredentialRow(Base):
    """A means by which a person signs in; `secret` is sealed, whatever the kind."""

    __tablename__ = "credential"
    __table_args__ = (UniqueConstraint("person_id", "kind", "label"),)

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    person_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("person.id"), index=True)
    kind: Mapped[str] = labelled(Label.INTERNAL, Handle)
    label: Mapped[str] = labelled(Label.INTERNAL, Handle, default="")
    secret: Mapped[bytes] = labelled(Label.SECRET, Sealed)
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    changed_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    last_used_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
