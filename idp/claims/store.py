"""Every query on release: what was approved for applications, and what went to them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import BigInteger, Connection, and_, or_, select, type_coerce, update
from sqlalchemy.dialects import postgresql, sqlite

from crypto.sm import sm3
from crypto.tokens import random_handle
from idp.claims.models import ReleaseGrantRow, ReleaseRow
from idp.storage.base import table_of
from idp.storage.direct import Prepared
from idp.storage.stamps import raise_stamp

_grant = table_of(ReleaseGrantRow)
_release = table_of(ReleaseRow)
STAMP: Final = "release_grants"
HOUR: Final = 3600
_HOUR_MICROSECONDS: Final = HOUR * 1_000_000
_INSERTS: Final[dict[str, Callable[..., Any]]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def _note(dialect: str) -> Prepared:
    row = _INSERTS[dialect](_release)
    before = type_coerce(_release.c.last_at, BigInteger) // _HOUR_MICROSECONDS
    now = type_coerce(row.excluded.last_at, BigInteger) // _HOUR_MICROSECONDS
    again = {"last_at": row.excluded.last_at, "times": _release.c.times + 1}
    noted = row.on_conflict_do_update(index_elements=["what_digest"], set_=again, where=before < now)
    return Prepared(noted, list(_release.c.keys()))


_NOTE: Final = {dialect: _note(dialect) for dialect in _INSERTS}


@dataclass(frozen=True, slots=True)
class Grant:
    """One claim approved for one application."""

    application_id: str
    claim: str
    legal_basis: str
    purpose: str
    granted_by: str
    granted_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None = None

    def stands_at(self, now: datetime) -> bool:
        """Whether the claim may be released at an instant."""
        return self.ended_at is None and (self.expires_at is None or now < self.expires_at)


class Released(NamedTuple):
    """Which claims went to whom about whom, under which authorization, for which organisation."""

    person_id: str
    organisation_id: str | None
    client_id: str
    family_id: str
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReleaseEntry:
    """One row of the release log; `times` counts the hours by the clock in which it happened."""

    id: str
    organisation_id: str | None
    client_id: str
    claims: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    times: int


def list_grants(db: Connection) -> list[Grant]:
    """Every grant, those that are over too."""
    rows = db.execute(select(_grant).order_by(_grant.c.application_id, _grant.c.claim))
    return [Grant(**{name: getattr(row, name) for name in Grant.__dataclass_fields__}) for row in rows]


def put_grant(db: Connection, grant: Grant) -> None:
    """Write a grant in place of an earlier one and tell all processes."""
    values = {name: getattr(grant, name) for name in Grant.__dataclass_fields__}
    keys = ("application_id", "claim")
    later = {name: value for name, value in values.items() if name not in keys}
    row = _INSERTS[db.dialect.name](_grant).values(**values)
    db.execute(row.on_conflict_do_update(index_elements=list(keys), set_=later))
    raise_stamp(db, STAMP)


def end_grant(db: Connection, application_id: str, claim: str, now: datetime) -> bool:
    """End a grant and tell all processes; false when none stood."""
    wanted = (_grant.c.application_id == application_id, _grant.c.claim == claim, _grant.c.ended_at.is_(None))
    ended = db.execute(update(_grant).where(*wanted).values(ended_at=now).returning(_grant.c.claim)).first()
    if ended is not None:
        raise_stamp(db, STAMP)
    return ended is not None


def note_release(db: Connection, released: Released, now: datetime) -> None:
    """Keep that something was released: one row however often and from how many processes it comes, counted once an hour."""
    row = {
        **released._asdict(),
        "claims": list(released.claims),
        "id": random_handle(),
        "what_digest": sm3.digest(orjson.dumps(tuple(released))),
        "first_at": now,
        "last_at": now,
        "times": 1,
    }
    _NOTE[db.dialect.name].run(db, row)


def list_releases(
    db: Connection, person_id: str, after: tuple[datetime, str] | None, limit: int | None
) -> list[ReleaseEntry]:
    """What was released about a person, newest first; `after` is time and id of the entry that the last page ended with."""
    wanted = select(_release).where(_release.c.person_id == person_id)
    if after is not None:
        at, entry_id = after
        is_older = or_(_release.c.last_at < at, and_(_release.c.last_at == at, _release.c.id < entry_id))
        wanted = wanted.where(is_older)
    rows = db.execute(wanted.order_by(_release.c.last_at.desc(), _release.c.id.desc()).limit(limit))
    return [
        ReleaseEntry(
            row.id,
            row.organisation_id,
            row.client_id,
            tuple(row.claims),
            row.first_at,
            row.last_at,
            row.times,
        )
        for row in rows
    ]
