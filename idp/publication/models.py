"""Rows of publications; what each tells of are the changes that carry its number."""

from datetime import datetime

from sqlalchemy import BigInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Instant


class PublicationRow(Base):
    """One file of one day in China. `digest` is SM3 over its lines; `signed` is the statement on it, which names the
    digest of the statement before.
    """

    __tablename__ = "publication"
    __table_args__ = (UniqueConstraint("day", "part"),)

    number: Mapped[int] = labelled(Label.PUBLIC, BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[str] = labelled(Label.PUBLIC, String(10))
    part: Mapped[int] = labelled(Label.PUBLIC)
    count: Mapped[int] = labelled(Label.PUBLIC)
    digest: Mapped[str] = labelled(Label.PUBLIC, String(64))
    signed: Mapped[str] = labelled(Label.PUBLIC, Text)
    made_at: Mapped[datetime] = labelled(Label.PUBLIC, Instant)
