"""Rows of the queue: old records that nothing but a person can place."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, Index, String
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Digest, Handle, Instant, Sealed, enum_by_value


class ConversionState(StrEnum):
    """What became of an old record (china.md §5.6). Only the last four wait in the queue."""

    MATCHED_BY_CODE = "matched_by_code"
    MATCHED_BY_REGISTER = "matched_by_register"
    AMBIGUOUS = "ambiguous"
    DUPLICATE = "duplicate"
    BAD_CHECKSUM = "bad_checksum"
    MANUAL = "manual"


class ItemState(StrEnum):
    """open → settled (it is an organisation's) or dismissed (it is nobody's); settled → open when it is found again."""

    OPEN = "open"
    SETTLED = "settled"
    DISMISSED = "dismissed"


class ConversionItemRow(Base):
    """An old record that waits, or that was decided. Codes and name are sealed, for a sole trader's are a person's.

    `candidates` are unified codes that it may be; `line` is where it stood in the file last.
    """

    __tablename__ = "conversion_item"
    __table_args__ = (Index("ix_conversion_item_state_id", "item_state", "id"),)

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    file_digest: Mapped[str] = labelled(Label.INTERNAL, String(64))
    line: Mapped[int] = labelled(Label.INTERNAL, BigInteger)
    state: Mapped[ConversionState] = labelled(Label.INTERNAL, enum_by_value(ConversionState))
    why: Mapped[str] = labelled(Label.INTERNAL, String(48))
    sealed_codes: Mapped[bytes] = labelled(Label.SENSITIVE, Sealed)
    sealed_name: Mapped[bytes] = labelled(Label.PERSONAL, Sealed)
    codes_digest: Mapped[bytes | None] = labelled(Label.PERSONAL, Digest, unique=True)
    codes_digest_even: Mapped[bytes | None] = labelled(Label.PERSONAL, Digest, unique=True)
    candidates: Mapped[list[str]] = labelled(Label.INTERNAL, JSON)
    item_state: Mapped[ItemState] = labelled(Label.INTERNAL, enum_by_value(ItemState))
    uscc: Mapped[str | None] = labelled(Label.INTERNAL, String(18))
    decided_by: Mapped[str | None] = labelled(Label.INTERNAL, String(96))
    decided_for: Mapped[str | None] = labelled(Label.INTERNAL, String(200))
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    decided_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
