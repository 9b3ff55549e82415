"""Rows of keys: signing keys and the data keys that seal personal data, all wrapped by the root key."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, String, UniqueConstraint
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Handle, Instant, Sealed, enum_by_value


class KeyState(StrEnum):
    """published → active → verify_only → retired."""

    PUBLISHED = "published"
    ACTIVE = "active"
    VERIFY_ONLY = "verify_only"
    RETIRED = "retired"


class SigningKeyRow(Base):
    """A signing key: its public half in clear, its private half wrapped by the key provider."""

    __tablename__ = "signing_key"

    kid: Mapped[str] = labelled(Label.PUBLIC, Handle, primary_key=True)
    purpose: Mapped[str] = labelled(Label.INTERNAL, String(24))
    algorithm: Mapped[str] = labelled(Label.PUBLIC, String(24))
    state: Mapped[KeyState] = labelled(Label.INTERNAL, enum_by_value(KeyState))
    public_jwk: Mapped[dict[str, Any]] = labelled(Label.PUBLIC, JSON)
    wrapped: Mapped[bytes] = labelled(Label.SECRET, Sealed)
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)


class DataKeyRow(Base):
    """A symmetric key of one purpose and version, wrapped by the root key; the highest version seals, all open."""

    __tablename__ = "data_key"
    __table_args__ = (UniqueConstraint("purpose", "version"),)

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    purpose: Mapped[str] = labelled(Label.INTERNAL, String(24))
    version: Mapped[int] = labelled(Label.INTERNAL)
    wrapped: Mapped[bytes] = labelled(Label.SECRET, Sealed)
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
