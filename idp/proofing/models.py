"""Rows of proofing evidence: what was proved, by which method and source, how strongly, until when."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Handle, Instant


class EvidenceRow(Base):
    """One proof of one person (LOA-02). A level stands only on evidence that is neither expired nor revoked.

    `method` is a key of the methods table, `source` names who vouched, `reference` is the source's own number of the
    check, `grade` A–D as in 国办函〔2016〕108号. `details` holds codes only, never a value of the person.
    """

    __tablename__ = "proofing_evidence"

    id: Mapped[str] = labelled(Label.INTERNAL, Handle, primary_key=True)
    person_id: Mapped[str] = labelled(Label.INTERNAL, Handle, ForeignKey("person.id"), index=True)
    method: Mapped[str] = labelled(Label.INTERNAL, String(24))
    source: Mapped[str] = labelled(Label.INTERNAL, String(48))
    level: Mapped[int] = labelled(Label.INTERNAL)
    grade: Mapped[str] = labelled(Label.INTERNAL, String(1))
    reference: Mapped[str] = labelled(Label.INTERNAL, String(64))
    details: Mapped[dict[str, Any]] = labelled(Label.INTERNAL, JSON)
    obtained_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
    expires_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
    revoked_at: Mapped[datetime | None] = labelled(Label.INTERNAL, Instant)
    revoked_for: Mapped[str | None] = labelled(Label.INTERNAL, String(32))
    recorded_by: Mapped[str] = labelled(Label.INTERNAL, String(96))
