"""Rows of natural persons: who they are, their documents, what changed, what holds them, what they asked for.

Numbers, names and mobile numbers are sealed; digests serve look-up only.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Digest, Handle, Instant, Sealed, enum_by_value


class PersonState(StrEnum):
    """Only `active` may sign in or have tokens used; a sign-in while `closing` takes the closing back.

    ::

        active ⇄ frozen                  a hold by the owner, by risk or by a court; thawed when the last is lifted
        active → closing → closed        15 days between; closed keeps no personal data
        closing → active                 the owner signed in
        closed → active                  registered again with the same document: the same person, the same subjects
        active, frozen → merged          another person's row lives on in its place
        active, frozen → deceased        told by the register, undone only by an officer with new evidence
        dependent → active               a child whose guardian acts for it until it is fourteen
    """

    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSING = "closing"
    CLOSED = "closed"
    MERGED = "merged"
    DECEASED = "deceased"
    DEPENDENT = "dependent"


class Standing(StrEnum):
    """What a document is to its person.

    main      the number by which the person is known; exactly one while the person is not closed
    also      another valid document of the same person
    former    replaced or corrected: kept for history and still the person's, but not for signing in
    closed    the person closed the account: the number is gone, its digest remains to know who comes back
    """

    MAIN = "main"
    ALSO = "also"
    FORMER = "former"
    CLOSED = "closed"


class HoldKind(StrEnum):
    """Who holds a person frozen; each kind is lifted by its own side only."""

    OWNER = "owner"
    RISK = "risk"
    COURT = "court"


class ChangeKind(StrEnum):
    """What happened to a person's identity."""

    NAME = "name"
    NUMBER = "number"
    DOCUMENT_ADDED = "document_added"
    DOCUMENT_ENDED = "document_ended"
    MOBILE = "mobile"
    MERGED = "merged"
    CLOSED = "closed"
    REOPENED = "reopened"
    DECEASED = "deceased"
    REVIVED = "revived"


class RequestKind(StrEnum):
    """What a person may ask for (PIPL 45–50)."""

    CORRECTION = "correction"
    COMPLAINT = "complaint"
    DELETION = "deletion"
    NOT_ME = "not_me"
    NAME_REVIEW = "name_review"


class RequestState(StrEnum):
    """open → answered; open → withdrawn."""

    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class PersonRow(Base):
    """One natural person; the numbers stand in `person_document`.

    The digests stand under look-up keys of odd version, those named `_even` under keys of even version: while the
    look-up key is rotated a row has both, so that uniqueness and finding hold throughout.
    """

    __tablename__ = "person"

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    name: Mapped[bytes | None] = labelled(Label.PERSONAL, Sealed)
    born: Mapped[bytes | None] = labelled(Label.PERSONAL, Sealed)
    mobile: Mapped[bytes | None] = labelled(Label.PERSONAL, Sealed)
    mobile_digest: Mapped[bytes | None] = labelled(Label.PERSONAL, Digest, unique=True)
    mobile_digest_even: Mapped[bytes | None] = labelled(Label.PERSONAL, Digest, unique=True)
    mobile_verified_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
    level: Mapped[int] = labelled(Label.INTERNAL)
    level_until: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant, index=True)
    level_next: Mapped[int] = labelled(Label.INTERNAL, default=0, server_default="0")
    state: Mapped[PersonState] = labelled(Label.INTERNAL, enum_by_value(PersonState))
    closes_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant, index=True)
    merged_into: Mapped[str | None] = labelled(Label.INTERNAL, Handle, ForeignKey("person.id"))
    version: Mapped[int] = labelled(Label.INTERNAL, default=1, server_default="1")
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    updated_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)


class PersonDocumentRow(Base):
    """One document of one person: a (kind, number) belongs to one person for ever (NAT-01).

    The number of a migrated row was sealed when it stood in `person`; every number is sealed for that place still.
    """

    __tablename__ = "person_document"
    __table_args__ = (
        Index(
            "uq_person_document_main",
            "person_id",
            unique=True,
            sqlite_where=text("standing = 'main'"),
            postgresql_where=text("standing = 'main'"),
        ),
    )

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    person_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("person.id"), index=True)
    id_kind: Mapped[str] = labelled(Label.INTERNAL, Handle)
    id_number: Mapped[bytes | None] = labelled(Label.SENSITIVE, Sealed)
    id_number_digest: Mapped[bytes | None] = labelled(Label.PERSONAL, Digest, unique=True)
    id_number_digest_even: Mapped[bytes | None] = labelled(Label.PERSONAL, Digest, unique=True)
    standing: Mapped[Standing] = labelled(Label.INTERNAL, enum_by_value(Standing))
    valid_until: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
    source: Mapped[str] = labelled(Label.INTERNAL, String(48))
    added_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    ended_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)


class PersonChangeRow(Base):
    """One change of a person's identity, with what stood before and after it (NAT-05)."""

    __tablename__ = "person_change"

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    person_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("person.id"), index=True)
    kind: Mapped[ChangeKind] = labelled(Label.INTERNAL, enum_by_value(ChangeKind))
    before: Mapped[bytes | None] = labelled(Label.SENSITIVE, Sealed)
    after: Mapped[bytes | None] = labelled(Label.SENSITIVE, Sealed)
    source: Mapped[str] = labelled(Label.INTERNAL, String(48))
    evidence_id: Mapped[str | None] = labelled(Label.INTERNAL, Handle)
    actor: Mapped[str] = labelled(Label.INTERNAL, String(96))
    at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)


class PersonHoldRow(Base):
    """What holds a person frozen, since when, and who lifted it."""

    __tablename__ = "person_hold"

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    person_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("person.id"), index=True)
    kind: Mapped[HoldKind] = labelled(Label.INTERNAL, enum_by_value(HoldKind))
    reason: Mapped[str] = labelled(Label.INTERNAL, String(64))
    reference: Mapped[str | None] = labelled(Label.INTERNAL, String(64))
    placed_by: Mapped[str] = labelled(Label.INTERNAL, String(96))
    placed_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    lifted_by: Mapped[str | None] = labelled(Label.INTERNAL, String(96))
    lifted_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)


class PersonRequestRow(Base):
    """What a person asked for about the own data or account, to be answered in 30 days (PRI-07)."""

    __tablename__ = "person_request"
    __table_args__ = (
        Index(
            "uq_person_request_not_me",
            "person_id",
            "about",
            unique=True,
            sqlite_where=text("kind = 'not_me'"),
            postgresql_where=text("kind = 'not_me'"),
        ),
        Index("ix_person_request_state_due_at", "state", "due_at"),
    )

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    person_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("person.id"), index=True)
    kind: Mapped[RequestKind] = labelled(Label.INTERNAL, enum_by_value(RequestKind))
    about: Mapped[str | None] = labelled(Label.INTERNAL, String(96))
    words: Mapped[bytes | None] = labelled(Label.PERSONAL, Sealed)
    answer: Mapped[bytes | None] = labelled(Label.PERSONAL, Sealed)
    state: Mapped[RequestState] = labelled(Label.INTERNAL, enum_by_value(RequestState))
    number: Mapped[str] = labelled(Label.INTERNAL, String(16), unique=True)
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    due_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    answered_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
