"""Rows of acting for another: what a person chose for an application, and what both sides see of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped

from idp.identifiers.capacity import Capacity
from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Handle, Instant, enum_by_value


class ActingChoiceRow(Base):
    """The capacity that a person last chose at an application: offered first, never taken unasked."""

    __tablename__ = "acting_choice"

    person_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("person.id"), primary_key=True)
    client_id: Mapped[str] = labelled(Label.INTERNAL, String(64), primary_key=True)
    delegation_id: Mapped[str | None] = labelled(Label.INTERNAL, Handle)
    via_delegation_id: Mapped[str | None] = labelled(Label.INTERNAL, Handle)
    chosen_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)


class ActingUseRow(Base):
    """One act in a capacity, for the history of both sides: `act` is chosen, switched, signed_in or ended."""

    __tablename__ = "acting_use"

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    act: Mapped[str] = labelled(Label.INTERNAL, String(16))
    person_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("person.id"), index=True)
    capacity: Mapped[Capacity] = labelled(Label.INTERNAL, enum_by_value(Capacity))
    delegation_id: Mapped[str | None] = labelled(Label.INTERNAL, Handle, index=True)
    via_delegation_id: Mapped[str | None] = labelled(Label.INTERNAL, Handle)
    organisation_id: Mapped[str | None] = labelled(Label.INTERNAL, Handle, index=True)
    subject_person_id: Mapped[str | None] = labelled(Label.INTERNAL, Handle, index=True)
    session_id: Mapped[str] = labelled(Label.INTERNAL, Handle)
    client_id: Mapped[str | None] = labelled(Label.INTERNAL, String(64))
    place: Mapped[str] = labelled(Label.INTERNAL, String(64))
    at: Mapped[datetime] = labelled(Label.INTERNAL, Instant, index=True)
