"""Rows of natural persons. ID number, name and mobile are sealed; digests serve look-up only."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Digest, Handle, Instant, Sealed, enum_by_value


class PersonState(StrEnum):
    """active ⇄ frozen; active or frozen → closed. Only `active` may sign in or have tokens used."""

    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSED = "closed"


class PersonRow(Base):
    """One natural person: one row per (kind of document, number).

    The digests stand under look-up keys of odd version, those named `_even` under keys of even version: while the
    look-up key is rotated a row has both, so that uniqueness and finding hold throughout.
    """

    __tablename__ = "person"

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    id_kind: Mapped[str] = labelled(Label.INTERNAL, Handle)
    id_number: Mapped[bytes] = labelled(Label.SENSITIVE, Sealed)
    id_number_digest: Mapped[bytes | None] = labelled(Label.PERSONAL, Digest, unique=True)
    id_number_digest_even: Mapped[bytes | None] = labelled(Label.PERSONAL, Digest, unique=True)
    name: Mapped[bytes] = labelled(Label.PERSONAL, Sealed)
    mobile: Mapped[bytes | None] = labelled(Label.PERSONAL, Sealed)
    mobile_digest: Mapped[bytes | None] = labelled(Label.PERSONAL, Digest, unique=True)
    mobile_digest_even: Mapped[bytes | None] = labelled(Label.PERSONAL, Digest, unique=True)
    level: Mapped[int] = labelled(Label.INTERNAL)
    state: Mapped[PersonState] = labelled(Label.INTERNAL, enum_by_value(PersonState))
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    updated_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
