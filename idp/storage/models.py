"""Rows that belong to the store itself: change stamps for process caches, and leases of periodic jobs."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Handle, Instant


class ChangeStampRow(Base):
    """A counter raised with every change of a cached kind, read at most once a second by each process."""

    __tablename__ = "change_stamp"

    kind: Mapped[str] = labelled(Label.INTERNAL, String(24), primary_key=True)
    version: Mapped[int] = labelled(Label.INTERNAL)


class JobLeaseRow(Base):
    """Which node runs a periodic job, and until when."""

    __tablename__ = "job_lease"

    job: Mapped[str] = labelled(Label.INTERNAL, String(48), primary_key=True)
    holder: Mapped[str] = labelled(Label.INTERNAL, Handle)
    until: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
