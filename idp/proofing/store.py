"""Every query on evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from idp.accounts.models import PersonRow
from idp.proofing.models import EvidenceRow
from idp.storage.base import table_of

_evidence = table_of(EvidenceRow)
_person = table_of(PersonRow)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One proof as stored."""

    id: str
    person_id: str
    method: str
    source: str
    level: int
    grade: str
    reference: str
    details: Mapping[str, Any]
    obtained_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_for: str | None
    recorded_by: str

    def counts_at(self, now: datetime) -> bool:
        """Whether the proof carries its level at an instant."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def add(db: Connection, evidence: Evidence) -> None:
    """Add a proof."""
    row = {name: getattr(evidence, name) for name in Evidence.__dataclass_fields__}
    db.execute(insert(_evidence), [{**row, "details": dict(evidence.details)}])


def list_of(db: Connection, person_id: str) -> list[Evidence]:
    """Every proof of a person, newest first."""
    wanted = select(_evidence).where(_evidence.c.person_id == person_id)
    rows = db.execute(wanted.order_by(_evidence.c.obtained_at.desc(), _evidence.c.id))
    return [Evidence(**{name: getattr(row, name) for name in Evidence.__dataclass_fields__}) for row in rows]


def move(db: Connection, from_id: str, to_id: str) -> None:
    """Let every proof of one person be another's."""
    db.execute(update(_evidence).where(_evidence.c.person_id == from_id).values(person_id=to_id))


def revoke(db: Connection, evidence_id: str, person_id: str, why: str, now: datetime) -> bool:
    """Let a proof count no more; false when it did not count."""
    wanted = (
        _evidence.c.id == evidence_id,
        _evidence.c.person_id == person_id,
        _evidence.c.revoked_at.is_(None),
    )
    done = update(_evidence).where(*wanted).values(revoked_at=now, revoked_for=why).returning(_evidence.c.id)
    return db.execute(done).first() is not None


def put_level(
    db: Connection, person_id: str, level: int, until: datetime | None, following: int, now: datetime
) -> None:
    """Write a person's level, until when it holds, and what it is then."""
    values = {"level": level, "level_until": until, "level_next": following, "updated_at": now}
    db.execute(update(_person).where(_person.c.id == person_id).values(values))


def lock(db: Connection, person_id: str) -> bool:
    """Hold a person's row, so that one transaction at a time settles the level; false when there is none."""
    return (
        db.execute(select(_person.c.id).where(_person.c.id == person_id).with_for_update()).first()
        is not None
    )


def list_due(db: Connection, now: datetime, limit: int) -> list[str]:
    """Persons whose level has to be settled anew."""
    return list(db.execute(select(_person.c.id).where(_person.c.level_until <= now).limit(limit)).scalars())
