"""Rows of relying applications, whatever protocol they speak."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Handle, Instant, enum_by_value


class ApplicationState(StrEnum):
    """active ⇄ suspended; either → retired. Only `active` may start a sign-in or use a token."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class ApplicationRow(Base):
    """What citizens see of a relying application and who owns it."""

    __tablename__ = "application"

    id: Mapped[str] = labelled(Label.PUBLIC, Handle, primary_key=True)
    name: Mapped[str] = labelled(Label.PUBLIC, String(120))
    name_en: Mapped[str] = labelled(Label.PUBLIC, String(120))
    department: Mapped[str] = labelled(Label.PUBLIC, String(120))
    department_en: Mapped[str] = labelled(Label.PUBLIC, String(120))
    home_url: Mapped[str] = labelled(Label.PUBLIC, String(400))
    state: Mapped[ApplicationState] = labelled(Label.INTERNAL, enum_by_value(ApplicationState))
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
