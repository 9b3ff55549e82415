"""Every query on consents."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from idp.consent.models import ConsentRow
from idp.storage.base import table_of
from idp.storage.direct import Prepared

_consent = table_of(ConsentRow)
_OF_CLIENT = select(_consent).where(
    _consent.c.person_id == bindparam("person_id"), _consent.c.client_id == bindparam("client_id")
)
_ONE = Prepared(_OF_CLIENT)
_FOR_CHANGE = _OF_CLIENT.with_for_update()


@dataclass(frozen=True, slots=True)
class Consent:
    """A person's standing decision for one client: `scope` was given, `seen_scope` was asked."""

    person_id: str
    client_id: str
    scope: frozenset[str]
    seen_scope: frozenset[str]
    granted_at: datetime
    withdrawn_at: datetime | None = None


def find(db: Connection, person_id: str, client_id: str) -> Consent | None:
    """The standing consent, or None when there is none or it was withdrawn."""
    return _standing(_ONE.first(db, {"person_id": person_id, "client_id": client_id}))


def find_for_change(db: Connection, person_id: str, client_id: str) -> Consent | None:
    """As `find`, and nobody else changes it until the transaction ends."""
    row = db.execute(_FOR_CHANGE, {"person_id": person_id, "client_id": client_id}).first()
    return _standing(row)


def list_standing(db: Connection, person_id: str) -> list[Consent]:
    """A person's consents that stand, newest first."""
    wanted = select(_consent).where(_consent.c.person_id == person_id, _consent.c.withdrawn_at.is_(None))
    return [_value(row) for row in db.execute(wanted.order_by(_consent.c.granted_at.desc()).limit(500))]


def list_all(db: Connection, person_id: str) -> list[Consent]:
    """A person's consents, withdrawn ones too, newest first."""
    wanted = select(_consent).where(_consent.c.person_id == person_id)
    return [_value(row) for row in db.execute(wanted.order_by(_consent.c.granted_at.desc()))]


def put(db: Connection, person_id: str, client_id: str, scope: str, seen_scope: str, now: datetime) -> None:
    """Keep a decision in place of an earlier one."""
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    values = {
        "scope": scope,
        "seen_scope": seen_scope,
        "granted_at": now,
        "withdrawn_at": None,
    }
    row = insert(_consent).values(person_id=person_id, client_id=client_id, **values)
    db.execute(row.on_conflict_do_update(index_elements=["person_id", "client_id"], set_=values))


def withdraw(db: Connection, person_id: str, client_id: str, now: datetime) -> bool:
    """End a consent; true for exactly one caller."""
    ended = (
        update(_consent)
        .where(
            _consent.c.person_id == person_id,
            _consent.c.client_id == client_id,
            _consent.c.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
        .returning(_consent.c.client_id)
    )
    return db.execute(ended).first() is not None


def _standing(row: Row[Any] | None) -> Consent | None:
    return None if row is None or row.withdrawn_at is not None else _value(row)


def _value(row: Row[Any]) -> Consent:
    return Consent(
        person_id=row.person_id,
        client_id=row.client_id,
        scope=frozenset(row.scope.split()),
        seen_scope=frozenset(row.seen_scope.split()),
        granted_at=row.granted_at,
        withdrawn_at=row.withdrawn_at,
    )
