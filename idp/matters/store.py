"""Every query on the matter catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from idp.identifiers.capacity import Capacity
from idp.matters.models import MatterRow, MatterState
from idp.storage.base import table_of
from idp.storage.stamps import raise_stamp

_matter = table_of(MatterRow)
STAMP: Final = "matters"


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter as every part of the house sees it."""

    code: str
    name: str
    name_en: str
    department: str
    level: int
    why: str
    why_en: str
    capacities: frozenset[Capacity]
    claims: frozenset[str]
    ends_at_once: bool
    state: MatterState
    version: int = 1
    aal: int = 1

    def name_in(self, language: str) -> str:
        """The name in a language; Chinese where there is no other."""
        return self.name_en or self.name if language == "en" else self.name

    def why_in(self, language: str) -> str:
        """Why it needs its level, in a language; Chinese where there is no other."""
        return self.why_en or self.why if language == "en" else self.why


def list_all(db: Connection) -> list[Matter]:
    """Every matter, retired ones too, by code."""
    return [_value(row) for row in db.execute(select(_matter).order_by(_matter.c.code))]


def add(db: Connection, matters: Sequence[Matter], now: datetime) -> None:
    """Add matters and tell all processes."""
    if matters:
        db.execute(insert(_matter), [_row(matter, now) for matter in matters])
        raise_stamp(db, STAMP)


def change(db: Connection, matters: Sequence[Matter], now: datetime) -> None:
    """Write matters anew, each with its next version, and tell all processes."""
    for matter in matters:
        values = _row(matter, now)
        code = values.pop("code")
        values["version"] = _matter.c.version + 1
        db.execute(update(_matter).where(_matter.c.code == code).values(values))
    if matters:
        raise_stamp(db, STAMP)


def _row(matter: Matter, now: datetime) -> dict[str, Any]:
    plain = {name: getattr(matter, name) for name in Matter.__dataclass_fields__}
    capacities = sorted(capacity.value for capacity in matter.capacities)
    return {**plain, "capacities": capacities, "claims": sorted(matter.claims), "updated_at": now}


def _value(row: Any) -> Matter:
    plain = {name: getattr(row, name) for name in Matter.__dataclass_fields__}
    plain["capacities"] = frozenset(map(Capacity, row.capacities))
    plain["claims"] = frozenset(row.claims)
    return Matter(**plain)
