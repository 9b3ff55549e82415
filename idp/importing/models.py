"""Rows of imports: how far each file was read, so that a run that was killed goes on there."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Handle, Instant


class ImportRunRow(Base):
    """The last run over one file; `line` and `place` are the line and the byte after the last whole batch.

    It moves in the transaction that writes the batch. `counts` holds numbers only.
    """

    __tablename__ = "import_run"
    __table_args__ = (UniqueConstraint("kind", "file_digest"),)

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    kind: Mapped[str] = labelled(Label.INTERNAL, String(24))
    file_digest: Mapped[str] = labelled(Label.INTERNAL, String(64))
    line: Mapped[int] = labelled(Label.INTERNAL, BigInteger)
    place: Mapped[int] = labelled(Label.INTERNAL, BigInteger)
    counts: Mapped[dict[str, Any]] = labelled(Label.INTERNAL, JSON)
    actor: Mapped[str] = labelled(Label.INTERNAL, String(96))
    started_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    moved_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    ended_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
