"""One table for the credentials of every kind."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Digest, Handle, Instant, Sealed


class CredentialRow(Base):
    """A means by which a person signs in; `secret` is sealed, whatever the kind.

    `label` tells several of one kind apart; `handle` is a digest by which a means is found before its person is known.
    """

    __tablename__ = "credential"
    __table_args__ = (UniqueConstraint("person_id", "kind", "label"),)

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    person_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("person.id"), index=True)
    kind: Mapped[str] = labelled(Label.INTERNAL, Handle)
    label: Mapped[str] = labelled(Label.INTERNAL, Handle, default="")
    handle: Mapped[bytes | None] = labelled(Label.INTERNAL, Digest, unique=True)
    secret: Mapped[bytes] = labelled(Label.SECRET, Sealed)
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    changed_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    last_used_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)


class SignInWishRow(Base):
    """That a person wants a second step at every sign-in."""

    __tablename__ = "sign_in_wish"

    person_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("person.id"), primary_key=True)
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
