"""Rows of release: which claim an application may get on which ground, and what was released to whom."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Digest, Handle, Instant


class ReleaseGrantRow(Base):
    """One claim for one application, approved field by field (ONB-03), with its legal basis and end."""

    __tablename__ = "release_grant"

    application_id: Mapped[str] = labelled(
        Label.PUBLIC, Handle, ForeignKey("application.id"), primary_key=True
    )
    claim: Mapped[str] = labelled(Label.PUBLIC, String(40), primary_key=True)
    legal_basis: Mapped[str] = labelled(Label.PUBLIC, String(200))
    purpose: Mapped[str] = labelled(Label.PUBLIC, String(200))
    granted_by: Mapped[str] = labelled(Label.INTERNAL, String(96))
    granted_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    expires_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
    ended_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)


class ReleaseRow(Base):
    """What an application got of a person: names of claims, never values (PRI-12). One row for each set of claims under
    one authorization; `last_at` is exact to the hour by the clock, `times` counts the hours in which it happened.
    """

    __tablename__ = "release"
    __table_args__ = (Index("ix_release_person_id_last_at", "person_id", "last_at"),)

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    what_digest: Mapped[bytes] = labelled(Label.INTERNAL, Digest, unique=True)
    person_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("person.id"))
    organisation_id: Mapped[str | None] = labelled(Label.INTERNAL, Handle, index=True)
    client_id: Mapped[str] = labelled(Label.INTERNAL, String(64))
    family_id: Mapped[str] = labelled(Label.INTERNAL, Handle)
    claims: Mapped[list[str]] = labelled(Label.INTERNAL, JSON)
    first_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    last_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    times: Mapped[int] = labelled(Label.INTERNAL)
