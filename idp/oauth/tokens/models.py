"""Rows of issued rights: a family per authorization, its refresh tokens, and access tokens revoked one by one."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Digest, Handle, Instant


class FamilyRow(Base):
    """All that follows from one authorization code, revoked as one; by the unique `code_digest` a code founds one family."""

    __tablename__ = "token_family"

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    code_digest: Mapped[bytes] = labelled(Label.INTERNAL, Digest, unique=True)
    client_id: Mapped[str] = labelled(Label.INTERNAL, String(64), index=True)
    person_id: Mapped[str] = labelled(Label.INTERNAL, Handle, index=True)
    session_id: Mapped[str] = labelled(Label.INTERNAL, Handle, index=True)
    scope: Mapped[str] = labelled(Label.INTERNAL, String(400))
    auth_time: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    acr: Mapped[str] = labelled(Label.INTERNAL, String(64))
    amr: Mapped[str] = labelled(Label.INTERNAL, String(64))
    nonce: Mapped[str | None] = labelled(Label.INTERNAL, String(256))
    capacity: Mapped[str] = labelled(Label.INTERNAL, String(24), default="self", server_default="self")
    delegation_id: Mapped[str | None] = labelled(Label.INTERNAL, Handle, index=True)
    via_delegation_id: Mapped[str | None] = labelled(Label.INTERNAL, Handle, index=True)
    details: Mapped[list[Any] | None] = labelled(Label.INTERNAL, JSON)
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    expires_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant, index=True)
    revoked_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
    revoked_for: Mapped[str | None] = labelled(Label.INTERNAL, String(32))


class RefreshTokenRow(Base):
    """One refresh token by its digest; spent when exchanged (RFC 9700 §4.14.2)."""

    __tablename__ = "refresh_token"

    digest: Mapped[bytes] = labelled(Label.SECRET, Digest, primary_key=True)
    family_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("token_family.id"), index=True)
    issued_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    expires_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant, index=True)
    spent_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)


class RevokedTokenRow(Base):
    """An access token revoked by itself, kept until it would have expired (RFC 7009)."""

    __tablename__ = "revoked_token"

    jti: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    expires_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant, index=True)
