"""Rows of keys: key pairs, data keys, the root key's generations, who holds it, and what was done with it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Digest, Handle, Instant, Sealed, enum_by_value


class KeyPurpose(StrEnum):
    """What a key pair serves; it serves nothing else."""

    TOKEN = "token"  # noqa: S105 - the name of a purpose
    FEDERATION = "federation"
    CHECKPOINT = "audit_checkpoint"
    TRANSPORT = "transport"
    EVIDENCE = "evidence"
    REGISTRY = "registry"
    AUTHORITY = "authority"


class KeyState(StrEnum):
    """created → published → active → verify_only → retired → destroyed.

    ::

        created      made, known to nobody else
        published    in the key set, so that others know it before it signs
        active       signs or seals; at most one of each purpose and algorithm
        verify_only  signs nothing more; what it signed still verifies, what it sealed still opens
        retired      nothing verifies with it; kept so that its destruction can be decided
        destroyed    the private part is gone for good; the row stays as evidence
    """

    CREATED = "created"
    PUBLISHED = "published"
    ACTIVE = "active"
    VERIFY_ONLY = "verify_only"
    RETIRED = "retired"
    DESTROYED = "destroyed"


class _Life:
    """The instants at which a key entered each state: its timeline."""

    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    published_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
    activated_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
    verify_only_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
    retired_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
    destroyed_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)


class KeyPairRow(_Life, Base):
    """A key pair: its public half in clear, its private half wrapped by the key provider or inside its device."""

    __tablename__ = "key_pair"
    __table_args__ = (
        Index(
            "uq_key_pair_active",
            "purpose",
            "algorithm",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        Index(
            "uq_key_pair_next",
            "purpose",
            "algorithm",
            unique=True,
            sqlite_where=text("state = 'published'"),
            postgresql_where=text("state = 'published'"),
        ),
    )

    kid: Mapped[str] = labelled(Label.PUBLIC, Handle, primary_key=True)
    purpose: Mapped[KeyPurpose] = labelled(Label.INTERNAL, enum_by_value(KeyPurpose))
    algorithm: Mapped[str] = labelled(Label.PUBLIC, String(24))
    provider: Mapped[str] = labelled(Label.INTERNAL, String(16))
    state: Mapped[KeyState] = labelled(Label.INTERNAL, enum_by_value(KeyState))
    public_jwk: Mapped[dict[str, Any]] = labelled(Label.PUBLIC, JSON)
    wrapped: Mapped[bytes | None] = labelled(Label.SECRET, Sealed)
    used: Mapped[int] = labelled(Label.INTERNAL, BigInteger, default=0)


class DataKeyRow(_Life, Base):
    """A symmetric key of one purpose and version, wrapped by the root key; the active version seals, all live ones open."""

    __tablename__ = "data_key"
    __table_args__ = (
        UniqueConstraint("purpose", "version"),
        Index(
            "uq_data_key_active",
            "purpose",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
    )

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    purpose: Mapped[str] = labelled(Label.INTERNAL, String(24))
    version: Mapped[int] = labelled(Label.INTERNAL)
    provider: Mapped[str] = labelled(Label.INTERNAL, String(16))
    state: Mapped[KeyState] = labelled(Label.INTERNAL, enum_by_value(KeyState))
    wrapped: Mapped[bytes | None] = labelled(Label.SECRET, Sealed)
    used: Mapped[int] = labelled(Label.INTERNAL, BigInteger, default=0)


class ResealRow(Base):
    """How far the re-encryption of one table has come, so that an interrupted one goes on where it stopped."""

    __tablename__ = "reseal"

    name: Mapped[str] = labelled(Label.INTERNAL, String(48), primary_key=True)
    version: Mapped[int] = labelled(Label.INTERNAL)
    last_id: Mapped[str] = labelled(Label.INTERNAL, Handle)
    done: Mapped[int] = labelled(Label.INTERNAL, BigInteger)
    total: Mapped[int] = labelled(Label.INTERNAL, BigInteger)
    refused: Mapped[int] = labelled(Label.INTERNAL, BigInteger)
    started_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    ended_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)


class RootForm(StrEnum):
    """Where the root key is when nobody uses it."""

    FILE = "file"
    SHARES = "shares"
    DEVICE = "device"


class RootKeyRow(Base):
    """One generation of the root key: how it is recognised and how many officers open it.

    The key itself is never here in clear. `wrapped` is there where a device keeps it, and for an earlier generation,
    which its successor opens until nothing is wrapped under it any more.
    """

    __tablename__ = "root_key"

    generation: Mapped[int] = labelled(Label.INTERNAL, primary_key=True, autoincrement=False)
    form: Mapped[RootForm] = labelled(Label.INTERNAL, enum_by_value(RootForm))
    state: Mapped[KeyState] = labelled(Label.INTERNAL, enum_by_value(KeyState))
    check_value: Mapped[bytes] = labelled(Label.INTERNAL, Sealed)
    wrapped: Mapped[bytes | None] = labelled(Label.SECRET, Sealed)
    threshold: Mapped[int] = labelled(Label.INTERNAL)
    holders: Mapped[int] = labelled(Label.INTERNAL)
    ceremony_id: Mapped[str | None] = labelled(Label.INTERNAL, Handle)
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    retired_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)


class CustodianRow(Base):
    """An officer who holds a share and signs evidence: a label chosen for the purpose and an SM2 public key."""

    __tablename__ = "custodian"

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    label: Mapped[str] = labelled(Label.INTERNAL, String(64), unique=True)
    public_key: Mapped[bytes] = labelled(Label.PUBLIC, Sealed, unique=True)
    certificate: Mapped[bytes | None] = labelled(Label.PUBLIC, Sealed)
    ceremony_id: Mapped[str] = labelled(Label.INTERNAL, Handle)
    added_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    removed_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)


class RootShareRow(Base):
    """A custodian's share of one generation of the root key, encrypted to the custodian's SM2 key.

    `check_value` recognises the opened share, so that a wrong one is refused before the others are put to it.
    """

    __tablename__ = "root_share"

    generation: Mapped[int] = labelled(Label.INTERNAL, ForeignKey("root_key.generation"), primary_key=True)
    custodian_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("custodian.id"), primary_key=True)
    sealed: Mapped[bytes] = labelled(Label.SECRET, Sealed)
    check_value: Mapped[bytes] = labelled(Label.INTERNAL, Digest)


class CeremonyState(StrEnum):
    """open → done or failed; open → abandoned. Only an open ceremony takes evidence."""

    OPEN = "open"
    DONE = "done"
    FAILED = "failed"
    ABANDONED = "abandoned"


class CeremonyRow(Base):
    """One ceremony: what is to be done, by how many, and the record of what was done."""

    __tablename__ = "ceremony"

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    kind: Mapped[str] = labelled(Label.INTERNAL, String(32))
    state: Mapped[CeremonyState] = labelled(Label.INTERNAL, enum_by_value(CeremonyState))
    statement: Mapped[str] = labelled(Label.INTERNAL, Text)
    threshold: Mapped[int] = labelled(Label.INTERNAL)
    opened_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    expires_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    ended_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
    record: Mapped[str | None] = labelled(Label.INTERNAL, Text)


class EvidenceRow(Base):
    """A custodian's SM2 signature over the statement of a ceremony."""

    __tablename__ = "ceremony_evidence"

    ceremony_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("ceremony.id"), primary_key=True)
    custodian_id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    signature: Mapped[bytes] = labelled(Label.INTERNAL, Sealed)
    signed_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)


class CertificateKind(StrEnum):
    """Whom the internal authority certifies."""

    AUTHORITY = "authority"
    OFFICER = "officer"
    NODE = "node"
    DEPARTMENT = "department"


class IssuedCertificateRow(Base):
    """A certificate of the internal authority; `serial` is lower-case hexadecimal."""

    __tablename__ = "issued_certificate"

    serial: Mapped[str] = labelled(Label.PUBLIC, Handle, primary_key=True)
    kind: Mapped[CertificateKind] = labelled(Label.INTERNAL, enum_by_value(CertificateKind))
    subject: Mapped[str] = labelled(Label.INTERNAL, String(200))
    certificate: Mapped[bytes] = labelled(Label.PUBLIC, Sealed)
    key_id: Mapped[str | None] = labelled(Label.INTERNAL, Handle)
    not_before: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    not_after: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    revoked_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
    reason: Mapped[str | None] = labelled(Label.INTERNAL, String(32))
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
