"""Every query on sessions and their participants."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from idp.accounts.models import PersonRow, PersonState
from idp.sessions.models import ParticipantRow, SessionRow
from idp.storage.base import table_of

_session = table_of(SessionRow)
_participant = table_of(ParticipantRow)
_person = table_of(PersonRow)
_BY_COOKIE = (
    select(_session, _person.c.state.label("person_state"))
    .join(_person, _person.c.id == _session.c.person_id)
    .where(_session.c.cookie_digest == bindparam("digest"))
)
_BY_ID = (
    select(_session, _person.c.state.label("person_state"))
    .join(_person, _person.c.id == _session.c.person_id)
    .where(_session.c.id == bindparam("id"))
)


@dataclass(frozen=True, slots=True)
class SsoSession:
    """One sign-in in one browser, as stored."""

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


def find_by_cookie(db: Connection, digest: bytes) -> SsoSession | None:
    """The session of this cookie digest with its person's state, ended or not, or None."""
    return _value(db.execute(_BY_COOKIE, {"digest": digest}).first())


def find(db: Connection, session_id: str) -> SsoSession | None:
    """The session of this id, ended or not, or None."""
    return _value(db.execute(_BY_ID, {"id": session_id}).first())


def list_open(db: Connection, person_id: str, now: datetime, idle_since: datetime) -> list[SsoSession]:
    """A person's sessions that have not ended, newest first, at most 100."""
    wanted = (
        select(_session, _person.c.state.label("person_state"))
        .join(_person, _person.c.id == _session.c.person_id)
        .where(
            _session.c.person_id == person_id,
            _session.c.ended_at.is_(None),
            _session.c.expires_at > now,
            _session.c.seen_at > idle_since,
        )
        .order_by(_session.c.created_at.desc())
        .limit(100)
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
    db.execute(insert(_session).values(**row))


def renew(db: Connection, sso: SsoSession, cookie_digest: bytes) -> None:
    """Give a session its new cookie and evidence; the old cookie opens nothing from then on."""
    db.execute(
        update(_session)
        .where(_session.c.id == sso.id)
        .values(
            cookie_digest=cookie_digest,
            acr=sso.acr,
            amr=sso.amr,
            auth_time=sso.auth_time,
            seen_at=sso.seen_at,
        )
    )


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
    insert_ = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    row = insert_(_participant).values(session_id=session_id, client_id=client_id, first_at=now, last_at=now)
    db.execute(row.on_conflict_do_update(index_elements=["session_id", "client_id"], set_={"last_at": now}))


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


def _value(row: Row[Any] | None) -> SsoSession | None:
    if row is None:
        return None
    return SsoSession(**{name: getattr(row, name) for name in SsoSession.__dataclass_fields__})
