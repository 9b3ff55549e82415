"""Every query of publications, and of the changes as far as they are published."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from idp.organisations.models import OrganisationChangeRow
from idp.publication.models import PublicationRow
from idp.storage.base import table_of

_publication = table_of(PublicationRow)
_change = table_of(OrganisationChangeRow)


@dataclass(frozen=True, slots=True)
class Publication:
    """One published file."""

    number: int
    day: str
    part: int
    count: int
    digest: str
    signed: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A change as it is published; `details` are public register facts."""

    id: int
    kind: str
    details: Mapping[str, Any]
    at: datetime


def find(db: Connection, number: int) -> Publication | None:
    """The publication of this number, or None."""
    return _publication_of(db.execute(select(_publication).where(_publication.c.number == number)).first())


def find_last(db: Connection) -> Publication | None:
    """The latest publication, or None before the first."""
    return _publication_of(
        db.execute(select(_publication).order_by(_publication.c.number.desc()).limit(1)).first()
    )


def list_before(db: Connection, number: int | None, limit: int) -> list[Publication]:
    """Publications, newest first, from before this number on."""
    wanted = select(_publication).order_by(_publication.c.number.desc()).limit(limit)
    if number is not None:
        wanted = wanted.where(_publication.c.number < number)
    return [one for row in db.execute(wanted) if (one := _publication_of(row)) is not None]


def list_after(db: Connection, number: int, limit: int) -> list[Publication]:
    """Publications, oldest first, from behind this number on."""
    wanted = select(_publication).where(_publication.c.number > number)
    rows = db.execute(wanted.order_by(_publication.c.number).limit(limit))
    return [one for row in rows if (one := _publication_of(row)) is not None]


def add(db: Connection, one: Publication) -> None:
    """Add a publication. Raises Conflict at the transaction's door when another process made it."""
    db.execute(
        insert(_publication).values(
            number=one.number,
            day=one.day,
            part=one.part,
            count=one.count,
            digest=one.digest,
            signed=one.signed,
            made_at=one.made_at,
        )
    )


def find_first_unpublished(db: Connection) -> datetime | None:
    """When the oldest change was made that no publication tells of."""
    return db.execute(select(func.min(_change.c.at)).where(_change.c.publication.is_(None))).scalar()


def take(db: Connection, number: int, before: datetime, limit: int) -> list[Change]:
    """Give this number to changes that no publication tells of, made before an instant, oldest first; and those changes.

    A change that was written late is in a later publication and never in none.
    """
    some = select(_change.c.id).where(_change.c.publication.is_(None), _change.c.at < before)
    some = some.order_by(_change.c.id).limit(limit)
    taken = update(_change).where(_change.c.id.in_(some)).values(publication=number).returning(_change)
    return sorted((_change_of(row) for row in db.execute(taken)), key=lambda one: one.id)


def list_changes(db: Connection, number: int, after: int = 0, limit: int | None = None) -> list[Change]:
    """What a publication tells of, in order, from behind the change `after` on."""
    wanted = select(_change).where(_change.c.publication == number, _change.c.id > after)
    return [_change_of(row) for row in db.execute(wanted.order_by(_change.c.id).limit(limit))]


def _publication_of(row: Any | None) -> Publication | None:
    if row is None:
        return None
    return Publication(row.number, row.day, row.part, row.count, row.digest, row.signed, row.made_at)


def _change_of(row: Any) -> Change:
    return Change(row.id, row.kind, dict(row.details), row.at)
