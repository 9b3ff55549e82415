"""Every query on sessions and their participants."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from idp.accounts.models import PersonRow, PersonState
from idp.authenticators.evidence import Evidence, Way, read
from idp.sessions.models import ParticipantRow, SessionRow
from idp.storage.base import table_of
from idp.storage.direct import Prepared

_session = table_of(SessionRow)
_participant = table_of(ParticipantRow)
_person = table_of(PersonRow)
_BY_COOKIE = Prepared(
    select(_session, _person.c.state.label("person_state"))
    .join(_person, _person.c.id == _session.c.person_id)
    .where(_session.c.cookie_digest == bindparam("digest"))
)
_BY_ID = (
    select(_session, _person.c.state.label("person_state"))
    .join(_person, _person.c.id == _session.c.person_id)
    .where(_session.c.id == bindparam("id"))
)

_LATER = ("ended_at", "ended_for", "capacity", "delegation_id", "via_delegation_id")
"""Columns that a new session does not have yet."""
_ADD = Prepared(
    insert(_session).inline(), [column.name for column in _session.c if column.name not in _LATER]
)


_INSERTS: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def _note_participant(dialect: str) -> Prepared:
    row = _INSERTS[dialect](_participant)
    last = {"last_at": row.excluded.last_at}
    keys = ("session_id", "client_id")
    return Prepared(row.on_conflict_do_update(index_elements=keys, set_=last), (*keys, "first_at", "last_at"))


_NOTE_PARTICIPANT = {dialect: _note_participant(dialect) for dialect in _INSERTS}


@dataclass(frozen=True, slots=True)
class SsoSession:
    """One sign-in in one browser, as stored. `capacity` None: nothing was chosen yet, so one acts as oneself."""

    id: str
    person_id: str
    acr: str
    amr: str
    auth_time: datetime
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    place: str
    device: str
    ended_at: datetime | None
    person_state: PersonState
    capacity: str | None = None
    delegation_id: str | None = None
    via_delegation_id: str | None = None
    evidence: str = ""
    idle_seconds: int | None = None

    @property
    def proofs(self) -> tuple[Evidence, ...]:
        """What its person proved; a session of a release that kept no proofs was opened by a password."""
        if self.evidence:
            return read(self.evidence)
        return (Evidence(Way.PASSWORD, self.auth_time.timestamp()),)


def find_by_cookie(db: Connection, digest: bytes) -> SsoSession | None:
    """The session of this cookie digest with its person's state, ended or not, or None."""
    return _value(_BY_COOKIE.first(db, {"digest": digest}))


def find(db: Connection, session_id: str) -> SsoSession | None:
    """The session of this id, ended or not, or None."""
    return _value(db.execute(_BY_ID, {"id": session_id}).first())


def list_open(db: Connection, person_id: str, now: datetime, idle_since: datetime) -> list[SsoSession]:
    """A person's sessions that stand within their limits, newest first, at most 100."""
    within = _not_ended(person_id).where(_session.c.expires_at > now, _session.c.seen_at > idle_since)
    return [value for row in db.execute(within) if (value := _value(row)) is not None]


def list_not_ended(db: Connection, person_id: str) -> list[SsoSession]:
    """A person's sessions that nobody has ended, newest first, at most 100."""
    return [value for row in db.execute(_not_ended(person_id)) if (value := _value(row)) is not None]


def list_all(db: Connection, person_id: str) -> list[SsoSession]:
    """A person's sessions that are still kept, ended ones too, newest first."""
    wanted = (
        select(_session, _person.c.state.label("person_state"))
        .join(_person, _person.c.id == _session.c.person_id)
        .where(_session.c.person_id == person_id)
        .order_by(_session.c.created_at.desc())
    )
    return [value for row in db.execute(wanted) if (value := _value(row)) is not None]


def find_last_before(db: Connection, sso: SsoSession) -> SsoSession | None:
    """The same person's sign-in before this one, for “last sign-in”."""
    wanted = (
        select(_session, _person.c.state.label("person_state"))
        .join(_person, _person.c.id == _session.c.person_id)
        .where(
            _session.c.person_id == sso.person_id,
            _session.c.id != sso.id,
            _session.c.created_at <= sso.created_at,
        )
        .order_by(_session.c.created_at.desc())
        .limit(1)
    )
    return _value(db.execute(wanted).first())


def add(db: Connection, row: dict[str, object]) -> None:
    """Add a session."""
    _ADD.run(db, row)


def renew(db: Connection, sso: SsoSession, cookie_digest: bytes) -> None:
    """Give a session its new cookie and evidence; the old cookie opens nothing from then on."""
    db.execute(
        update(_session)
        .where(_session.c.id == sso.id)
        .values(
            cookie_digest=cookie_digest,
            acr=sso.acr,
            amr=sso.amr,
            evidence=sso.evidence,
            auth_time=sso.auth_time,
            seen_at=sso.seen_at,
            expires_at=sso.expires_at,
            idle_seconds=sso.idle_seconds,
        )
    )


def change_capacity(
    db: Connection,
    session_id: str,
    capacity: str,
    delegation_id: str | None,
    via_delegation_id: str | None,
) -> bool:
    """Set as whom a session acts; false when it has ended."""
    values = {"capacity": capacity, "delegation_id": delegation_id, "via_delegation_id": via_delegation_id}
    wanted = update(_session).where(_session.c.id == session_id, _session.c.ended_at.is_(None))
    return db.execute(wanted.values(values).returning(_session.c.id)).first() is not None


def touch(db: Connection, session_id: str, now: datetime) -> None:
    """Remember that the session was used."""
    db.execute(update(_session).where(_session.c.id == session_id).values(seen_at=now))


def end(db: Connection, session_id: str, now: datetime, why: str) -> bool:
    """End a session; true for exactly one caller."""
    ended = (
        update(_session)
        .where(_session.c.id == session_id, _session.c.ended_at.is_(None))
        .values(ended_at=now, ended_for=why)
        .returning(_session.c.id)
    )
    return db.execute(ended).first() is not None


def note_participant(db: Connection, session_id: str, client_id: str, now: datetime) -> None:
    """Remember that a client was told of the session."""
    row = {"session_id": session_id, "client_id": client_id, "first_at": now, "last_at": now}
    _NOTE_PARTICIPANT[db.dialect.name].run(db, row)


def list_participants(db: Connection, session_id: str) -> list[str]:
    """Ids of the clients that were told of the session."""
    wanted = select(_participant.c.client_id).where(_participant.c.session_id == session_id)
    return list(db.scalars(wanted.order_by(_participant.c.first_at)))


def last_use_by_client(db: Connection, person_id: str) -> dict[str, datetime]:
    """When the person last came to each client."""
    wanted = (
        select(_participant.c.client_id, func.max(_participant.c.last_at).label("last_at"))
        .join(_session, _session.c.id == _participant.c.session_id)
        .where(_session.c.person_id == person_id)
        .group_by(_participant.c.client_id)
    )
    return {row.client_id: row.last_at for row in db.execute(wanted)}


def _not_ended(person_id: str) -> Select[Any]:
    return (
        select(_session, _person.c.state.label("person_state"))
        .join(_person, _person.c.id == _session.c.person_id)
        .where(_session.c.person_id == person_id, _session.c.ended_at.is_(None))
        .order_by(_session.c.created_at.desc())
        .limit(100)
    )


def _value(row: Row[Any] | None) -> SsoSession | None:
    if row is None:
        return None
    return SsoSession(**{name: getattr(row, name) for name in SsoSession.__dataclass_fields__})


def remove_old(db: Connection, before: datetime, limit: int) -> int:
    """Remove sessions whose absolute limit lies before then, with their participants, at most `limit`; how many."""
    due = select(_session.c.id).where(_session.c.expires_at < before).limit(limit)
    old = list(db.scalars(due))
    db.execute(delete(_participant).where(_participant.c.session_id.in_(old)))
    db.execute(delete(_session).where(_session.c.id.in_(old)))
    return len(old)
