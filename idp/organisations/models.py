"""Rows of organisations: the record under the unified code, identifiers old and new, changes, claims."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Digest, Handle, Instant, Sealed, enum_by_value


class OrganisationType(StrEnum):
    """Kinds of organisations as the register groups them."""

    ENTERPRISE = "enterprise"
    SOLE_TRADER = "sole_trader"
    COOPERATIVE = "cooperative"
    AUTHORITY = "authority"
    PUBLIC_INSTITUTION = "public_institution"
    SOCIAL_ORGANISATION = "social_organisation"
    PRIVATE_NON_ENTERPRISE = "private_non_enterprise"
    FOUNDATION = "foundation"
    LAW_FIRM = "law_firm"
    OTHER = "other"


class RegistrationStatus(StrEnum):
    """The register's word. People may act for an organisation that is `registered`, and read while it ends.

    registered ⇄ abnormal; registered, abnormal → revoked (licence taken) → deregistered; → merged
    """

    REGISTERED = "registered"
    ABNORMAL = "abnormal"
    REVOKED = "revoked"
    DEREGISTERED = "deregistered"
    MERGED = "merged"


class IdentifierKind(StrEnum):
    """Identifiers beside the unified code (china.md §5.6)."""

    ORGANISATION_CODE = "organisation_code"
    REGISTRATION_NUMBER = "registration_number"
    TAX_NUMBER = "tax_number"
    CERTIFICATE_NUMBER = "certificate_number"


class IdentifierStatus(StrEnum):
    """active → former; active ⇄ disputed."""

    ACTIVE = "active"
    FORMER = "former"
    DISPUTED = "disputed"


class ClaimState(StrEnum):
    """in_review → approved or refused; in_review → withdrawn."""

    IN_REVIEW = "in_review"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class OrganisationRow(Base):
    """One organisation under its unified social credit code. The legal representative's name and number are sealed.

    `subject_code` is characters 9 to 17 of the unified code, where an old organisation code lives on (GB 32100-2015 §5).
    `frozen_for` names a hold of ours (dispute, handover, court) beside the register's own status.
    """

    __tablename__ = "organisation"

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    uscc: Mapped[str] = labelled(Label.INTERNAL, String(18), unique=True)
    subject_code: Mapped[str] = labelled(Label.INTERNAL, String(9), index=True)
    name: Mapped[str] = labelled(Label.INTERNAL, String(200))
    kind: Mapped[OrganisationType] = labelled(Label.PUBLIC, enum_by_value(OrganisationType))
    status: Mapped[RegistrationStatus] = labelled(Label.PUBLIC, enum_by_value(RegistrationStatus))
    frozen_for: Mapped[str | None] = labelled(Label.INTERNAL, String(32))
    authority: Mapped[str | None] = labelled(Label.PUBLIC, String(120))
    region: Mapped[str] = labelled(Label.PUBLIC, String(6))
    representative_name: Mapped[bytes | None] = labelled(Label.PERSONAL, Sealed)
    representative_number: Mapped[bytes | None] = labelled(Label.SENSITIVE, Sealed)
    representative_kind: Mapped[str | None] = labelled(Label.INTERNAL, String(8))
    parent_id: Mapped[str | None] = labelled(
        Label.INTERNAL, Handle, ForeignKey("organisation.id"), index=True
    )
    merged_into: Mapped[str | None] = labelled(Label.INTERNAL, Handle, ForeignKey("organisation.id"))
    read_only_until: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
    checked_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant, index=True)
    version: Mapped[int] = labelled(Label.INTERNAL)
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    updated_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)


class OrganisationIdentifierRow(Base):
    """An identifier beside the unified code. A sole trader's tax number holds a person's ID number: it is sealed and
    found by digest; every other value stands plain. One active owner for each (kind, value).
    """

    __tablename__ = "organisation_identifier"
    __table_args__ = (
        Index(
            "uq_organisation_identifier_active",
            "kind",
            "value",
            unique=True,
            sqlite_where=text("status = 'active'"),
            postgresql_where=text("status = 'active'"),
        ),
    )

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    organisation_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("organisation.id"), index=True)
    kind: Mapped[IdentifierKind] = labelled(Label.INTERNAL, enum_by_value(IdentifierKind))
    value: Mapped[str | None] = labelled(Label.INTERNAL, String(64), index=True)
    sealed_value: Mapped[bytes | None] = labelled(Label.SENSITIVE, Sealed)
    value_digest: Mapped[bytes | None] = labelled(Label.PERSONAL, Digest, unique=True)
    value_digest_even: Mapped[bytes | None] = labelled(Label.PERSONAL, Digest, unique=True)
    status: Mapped[IdentifierStatus] = labelled(Label.INTERNAL, enum_by_value(IdentifierStatus))
    source: Mapped[str] = labelled(Label.INTERNAL, String(48))
    valid_from: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
    valid_until: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
    added_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)


class OrganisationChangeRow(Base):
    """One change of an organisation, in order: what the daily publication and the change feed are made of.

    `details` holds public register facts only. `publication` is the number of the publication that told of it.
    """

    __tablename__ = "organisation_change"
    __table_args__ = (
        Index(
            "ix_organisation_change_unpublished",
            "id",
            sqlite_where=text("publication IS NULL"),
            postgresql_where=text("publication IS NULL"),
        ),
    )

    id: Mapped[int] = labelled(Label.INTERNAL, BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    organisation_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("organisation.id"), index=True)
    kind: Mapped[str] = labelled(Label.INTERNAL, String(24))
    details: Mapped[dict[str, Any]] = labelled(Label.INTERNAL, JSON)
    source: Mapped[str] = labelled(Label.INTERNAL, String(48))
    actor: Mapped[str] = labelled(Label.INTERNAL, String(96))
    at: Mapped[datetime] = labelled(Label.INTERNAL, Instant, index=True)
    publication: Mapped[int | None] = labelled(Label.INTERNAL, BigInteger, index=True)


class OrganisationClaimRow(Base):
    """Somebody's claim to act for an organisation for the first time (E02)."""

    __tablename__ = "organisation_claim"

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    organisation_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("organisation.id"), index=True)
    person_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("person.id"), index=True)
    method: Mapped[str] = labelled(Label.INTERNAL, String(24))
    state: Mapped[ClaimState] = labelled(Label.INTERNAL, enum_by_value(ClaimState))
    reference: Mapped[str | None] = labelled(Label.INTERNAL, String(64))
    why: Mapped[str | None] = labelled(Label.INTERNAL, String(64))
    decided_by: Mapped[str | None] = labelled(Label.INTERNAL, String(96))
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    decided_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
