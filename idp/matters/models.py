"""Rows of the matter catalogue: coded once for the province (同一事项、同一标准、同一编码)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Instant, enum_by_value


class MatterState(StrEnum):
    """active ⇄ retired."""

    ACTIVE = "active"
    RETIRED = "retired"


class MatterRow(Base):
    """One matter: the least levels of its person (`level`) and of the sign-in (`aal`), the capacities that it accepts, the
    claims that it may see.

    `ends_at_once` marks matters for which an ended delegation takes effect before the next refresh.
    """

    __tablename__ = "matter"

    code: Mapped[str] = labelled(Label.PUBLIC, String(32), primary_key=True)
    name: Mapped[str] = labelled(Label.PUBLIC, String(200))
    name_en: Mapped[str] = labelled(Label.PUBLIC, String(200))
    department: Mapped[str] = labelled(Label.PUBLIC, String(120))
    level: Mapped[int] = labelled(Label.PUBLIC)
    aal: Mapped[int] = labelled(Label.PUBLIC, default=1, server_default="1")
    why: Mapped[str] = labelled(Label.PUBLIC, String(200))
    why_en: Mapped[str] = labelled(Label.PUBLIC, String(200))
    capacities: Mapped[list[str]] = labelled(Label.PUBLIC, JSON)
    claims: Mapped[list[str]] = labelled(Label.PUBLIC, JSON)
    ends_at_once: Mapped[bool] = labelled(Label.PUBLIC)
    state: Mapped[MatterState] = labelled(Label.PUBLIC, enum_by_value(MatterState))
    version: Mapped[int] = labelled(Label.INTERNAL)
    updated_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
