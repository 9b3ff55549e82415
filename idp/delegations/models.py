"""Rows of delegations: who may act for whom, in which capacity and matters, from when until when, on whose word."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped

from idp.identifiers.capacity import Capacity
from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Digest, Handle, Instant, Sealed, enum_by_value


class DelegationState(StrEnum):
    """Only `active` within its period may be acted on.

    ::

        invited ──accept──▶ active ⇄ frozen (dispute, handover, organisation held)
           │                  │  └──────▶ ended (by either side, cascade, register, age)
           ├──decline──▶ declined       └──period over──▶ expired
           ├──withdraw──▶ withdrawn
           └──14 days──▶ expired
    """

    INVITED = "invited"
    ACTIVE = "active"
    FROZEN = "frozen"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ENDED = "ended"


class DelegationRow(Base):
    """One grant from the one acted for (an organisation or a person) to an agent (a person or an organisation).

    A row never gives more than its parent: matters within, not after the parent's end. That holds by what writes it, so
    that this one row tells whether it may be acted on. `matters` is a list of codes, `["*"]` for all of them. The one
    acted for and the agent have each signed: `grant_evidence` and `acceptance_evidence` are SM2 signatures (JWS).
    An invitation may go to a mobile number that nobody has registered yet: `invitee` until somebody accepts.
    """

    __tablename__ = "delegation"
    __table_args__ = (
        CheckConstraint("(organisation_id IS NULL) <> (person_id IS NULL)", name="one_subject"),
        CheckConstraint("agent_person_id IS NULL OR agent_organisation_id IS NULL", name="one_agent"),
        Index(
            "uq_delegation_standing_person",
            "organisation_id",
            "person_id",
            "agent_person_id",
            "capacity",
            unique=True,
            sqlite_where=text("state IN ('active', 'frozen') AND agent_person_id IS NOT NULL"),
            postgresql_where=text("state IN ('active', 'frozen') AND agent_person_id IS NOT NULL"),
        ),
    )

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    capacity: Mapped[Capacity] = labelled(Label.INTERNAL, enum_by_value(Capacity))
    organisation_id: Mapped[str | None] = labelled(
        Label.INTERNAL, Handle, ForeignKey("organisation.id"), index=True
    )
    person_id: Mapped[str | None] = labelled(Label.INTERNAL, Handle, ForeignKey("person.id"), index=True)
    agent_person_id: Mapped[str | None] = labelled(
        Label.INTERNAL, Handle, ForeignKey("person.id"), index=True
    )
    agent_organisation_id: Mapped[str | None] = labelled(
        Label.INTERNAL, Handle, ForeignKey("organisation.id"), index=True
    )
    parent_id: Mapped[str | None] = labelled(Label.INTERNAL, Handle, ForeignKey("delegation.id"), index=True)
    matters: Mapped[list[str]] = labelled(Label.INTERNAL, JSON)
    may_delegate: Mapped[bool] = labelled(Label.INTERNAL)
    state: Mapped[DelegationState] = labelled(Label.INTERNAL, enum_by_value(DelegationState))
    starts_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    ends_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant, index=True)
    invitee: Mapped[bytes | None] = labelled(Label.PERSONAL, Sealed)
    invitee_digest: Mapped[bytes | None] = labelled(Label.PERSONAL, Digest)
    invitee_digest_even: Mapped[bytes | None] = labelled(Label.PERSONAL, Digest)
    invited_by: Mapped[str] = labelled(Label.INTERNAL, String(96))
    invited_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    accepted_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
    frozen_for: Mapped[str | None] = labelled(Label.INTERNAL, String(32))
    ended_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
    ended_for: Mapped[str | None] = labelled(Label.INTERNAL, String(32))
    ended_by: Mapped[str | None] = labelled(Label.INTERNAL, String(96))
    grant_evidence: Mapped[str | None] = labelled(Label.INTERNAL, Text)
    acceptance_evidence: Mapped[str | None] = labelled(Label.INTERNAL, Text)
    version: Mapped[int] = labelled(Label.INTERNAL)
    last_used_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
