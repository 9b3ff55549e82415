"""Every query on families, refresh tokens and revoked access tokens. The statements of hot paths are built once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, false, func, insert, select, update
from sqlalchemy import literal as sql_literal
from sqlalchemy.dialects import postgresql, sqlite

from idp.accounts.models import PersonRow, PersonState
from idp.consent.models import ConsentRow
from idp.delegations.capacities import ActingFor
from idp.oauth.details import codes_in
from idp.oauth.tokens.models import FamilyRow, RefreshTokenRow, RevokedTokenRow
from idp.sessions.models import SessionRow
from idp.storage.base import table_of
from idp.storage.direct import Prepared

_family = table_of(FamilyRow)
_refresh = table_of(RefreshTokenRow)
_revoked = table_of(RevokedTokenRow)
_person = table_of(PersonRow)
_session = table_of(SessionRow)
_consent = table_of(ConsentRow)

_OF_SESSION = (
    _person.c.state.label("person_state"),
    _session.c.ended_at.label("session_ended_at"),
    _session.c.expires_at.label("session_expires_at"),
    _session.c.seen_at.label("session_seen_at"),
    _session.c.idle_seconds.label("session_idle_seconds"),
    _session.c.delegation_id.label("session_delegation_id"),
    _session.c.via_delegation_id.label("session_via_delegation_id"),
)
_OF_FAMILY = (
    *(
        column
        for column in _family.c
        if column.name not in {"code_digest", "nonce", "created_at", "revoked_for"}
    ),
    *_OF_SESSION,
)
_is_revoked_alone = exists().where(_revoked.c.jti == bindparam("jti"))
_whole = _family.join(_person, _person.c.id == _family.c.person_id).outerjoin(
    _session, _session.c.id == _family.c.session_id
)
_BY_FAMILY = Prepared(
    select(*_OF_FAMILY, _is_revoked_alone.label("is_revoked_alone"))
    .select_from(_whole)
    .where(_family.c.id == bindparam("id"))
)
_BY_REFRESH = Prepared(
    select(
        *_OF_FAMILY,
        false().label("is_revoked_alone"),
        _refresh.c.spent_at.label("refresh_spent_at"),
        _refresh.c.issued_at.label("refresh_issued_at"),
        _refresh.c.expires_at.label("refresh_expires_at"),
    )
    .select_from(_whole.join(_refresh, _refresh.c.family_id == _family.c.id))
    .where(_refresh.c.digest == bindparam("digest"))
)
# Shared lock: a sign-out that runs at the same time waits, and then sees the family that is founded here.
_FOUNDER = Prepared(
    select(*_OF_SESSION)
    .select_from(_session.join(_person, _person.c.id == _session.c.person_id))
    .where(_session.c.id == bindparam("session_id"), _session.c.person_id == bindparam("person_id"))
    .with_for_update(read=True, of=_session)
)
_CONSENTED = Prepared(
    select(_consent.c.scope)
    .where(
        _consent.c.person_id == bindparam("person_id"),
        _consent.c.client_id == bindparam("client_id"),
        _consent.c.withdrawn_at.is_(None),
    )
    .with_for_update(read=True)
)
_HAS_FAMILY = Prepared(select(_family.c.id).where(_family.c.id == bindparam("id")))
_IS_REVOKED_ALONE = Prepared(select(_is_revoked_alone.label("is_revoked_alone")))
_ADD_REFRESH = Prepared(insert(_refresh), ("digest", "family_id", "issued_at", "expires_at"))
_SPEND = Prepared(
    update(_refresh)
    .where(_refresh.c.digest == bindparam("given"), _refresh.c.spent_at.is_(None))
    .values(spent_at=bindparam("now"))
    .returning(_refresh.c.digest)
)
_INSERTS: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def _add_family(dialect: str) -> Any:
    columns = [name for name in _family.c.keys() if not name.startswith("revoked_")]  # noqa: SIM118 - no mapping
    return Prepared(_INSERTS[dialect](_family).on_conflict_do_nothing().returning(_family.c.id), columns)


def _revoke_family_or_bar_it(dialect: str) -> Any:
    row = _INSERTS[dialect](_family)
    first = {
        name: func.coalesce(_family.c[name], row.excluded[name]) for name in ("revoked_at", "revoked_for")
    }
    return row.on_conflict_do_update(index_elements=["id"], set_=first)


_ADD_FAMILY = {dialect: _add_family(dialect) for dialect in _INSERTS}
_BAR_FAMILY = {dialect: _revoke_family_or_bar_it(dialect) for dialect in _INSERTS}
_ADD_REVOKED = {dialect: make(_revoked).on_conflict_do_nothing() for dialect, make in _INSERTS.items()}


@dataclass(frozen=True, slots=True)
class Family:
    """All that follows from one authorization: whose, for whom, what, on the strength of which sign-in."""

    id: str
    client_id: str
    person_id: str
    session_id: str
    scope: frozenset[str]
    auth_time: datetime
    acr: str
    amr: str
    expires_at: datetime
    capacity: str = "self"
    delegation_id: str | None = None
    via_delegation_id: str | None = None
    details: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SessionTimes:
    """What decides whether a session still stands, and as whom it acts."""

    ended_at: datetime | None
    expires_at: datetime
    seen_at: datetime
    idle_seconds: int | None = None
    delegation_id: str | None = None
    via_delegation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A family with everything that decides whether it may be used, read in one query; `acting` is asked for apart where
    the family is for another.
    """

    family: Family
    revoked_at: datetime | None
    person_state: PersonState
    session: SessionTimes | None
    is_revoked_alone: bool
    acting: ActingFor | None = None


@dataclass(frozen=True, slots=True)
class HeldRefresh:
    """A refresh token as stored, with its family."""

    standing: Standing
    spent_at: datetime | None
    issued_at: datetime
    expires_at: datetime


def find_standing(db: Connection, family_id: str, jti: str = "") -> Standing | None:
    """A family and, where a `jti` is given, whether that access token was revoked by itself."""
    row = _BY_FAMILY.first(db, {"id": family_id, "jti": jti})
    return None if row is None else _standing(row)


def find_refresh(db: Connection, digest: bytes) -> HeldRefresh | None:
    """The refresh token of this digest, spent or not."""
    row = _BY_REFRESH.first(db, {"digest": digest})
    if row is None:
        return None
    return HeldRefresh(_standing(row), row.refresh_spent_at, row.refresh_issued_at, row.refresh_expires_at)


def find_founder(db: Connection, family: Family) -> Standing | None:
    """The session and person on which a new family is to stand, locked against ending until the transaction ends."""
    names = {"session_id": family.session_id, "person_id": family.person_id}
    row = _FOUNDER.first(db, names)
    return None if row is None else Standing(family, None, row.person_state, _session_times(row), False)


def find_consented_scope(db: Connection, family: Family) -> frozenset[str]:
    """What the person's standing consent gives the client, locked against withdrawal until the transaction ends."""
    row = _CONSENTED.first(db, {"person_id": family.person_id, "client_id": family.client_id})
    return frozenset() if row is None else frozenset(row.scope.split())


def is_revoked_alone(db: Connection, jti: str) -> bool:
    """Whether this access token was revoked by itself."""
    row = _IS_REVOKED_ALONE.first(db, {"jti": jti})
    return row is not None and bool(row.is_revoked_alone)


def add_family(db: Connection, row: dict[str, object]) -> bool:
    """Add a family; false when its id or its code stands already."""
    return _ADD_FAMILY[db.dialect.name].first(db, row) is not None


def has_family(db: Connection, family_id: str) -> bool:
    """Whether the family was founded, revoked or not."""
    return _HAS_FAMILY.first(db, {"id": family_id}) is not None


def revoke_or_bar_family(db: Connection, row: dict[str, object]) -> None:
    """Revoke the family of `row`; where it does not stand yet, add it revoked, so that it never can."""
    db.execute(_BAR_FAMILY[db.dialect.name], row)


def revoke_family(db: Connection, family_id: str, now: datetime, why: str) -> bool:
    """Revoke a family; true if it stood and was not revoked."""
    return bool(_revoke(db, now, why, _family.c.id == family_id))


def revoke_of_session(db: Connection, session_id: str, now: datetime, why: str, with_offline: bool) -> int:
    """Revoke the families of a session, those with `offline_access` only if asked; how many."""
    wanted = [_family.c.session_id == session_id]
    if not with_offline:
        wanted.append(
            (sql_literal(" ") + _family.c.scope + " ").not_like("% offline\\_access %", escape="\\")
        )
    return _revoke(db, now, why, *wanted)


def revoke_of_consent(db: Connection, person_id: str, client_id: str, now: datetime, why: str) -> int:
    """Revoke the families of a person at a client; how many."""
    return _revoke(db, now, why, _family.c.person_id == person_id, _family.c.client_id == client_id)


def list_of_person(db: Connection, person_id: str) -> list[Family]:
    """What a person let applications have that is still kept, newest first; what was revoked too."""
    columns = [_family.c[name] for name in Family.__dataclass_fields__]
    wanted = select(*columns).where(_family.c.person_id == person_id).order_by(_family.c.created_at.desc())
    rows = [row._asdict() for row in db.execute(wanted)]
    return [
        Family(**{**row, "scope": frozenset(row["scope"].split()), "details": codes_in(row["details"])})
        for row in rows
    ]


def list_for_another(db: Connection, session_id: str, delegation_id: str) -> list[tuple[str, frozenset[str]]]:
    """Ids and scopes of a session's families that stand on a grant."""
    wanted = select(_family.c.id, _family.c.scope).where(
        _family.c.session_id == session_id,
        _family.c.delegation_id == delegation_id,
        _family.c.revoked_at.is_(None),
    )
    return [(row.id, frozenset(row.scope.split())) for row in db.execute(wanted)]


def add_refresh(db: Connection, digest: bytes, family: Family, now: datetime) -> None:
    """Add a refresh token that lives as long as its family."""
    row = {"digest": digest, "family_id": family.id, "issued_at": now, "expires_at": family.expires_at}
    _ADD_REFRESH.run(db, row)


def spend_refresh(db: Connection, digest: bytes, now: datetime) -> bool:
    """Spend a refresh token; true for exactly one caller."""
    return _SPEND.first(db, {"given": digest, "now": now}) is not None


def add_revoked(db: Connection, jti: str, expires_at: datetime) -> None:
    """Remember a revoked access token until it would have expired."""
    db.execute(_ADD_REVOKED[db.dialect.name], {"jti": jti, "expires_at": expires_at})


def _revoke(db: Connection, now: datetime, why: str, *wanted: Any) -> int:
    revoked = (
        update(_family)
        .where(_family.c.revoked_at.is_(None), *wanted)
        .values(revoked_at=now, revoked_for=why)
        .returning(_family.c.id)
    )
    return len(db.execute(revoked).all())


def _standing(row: Any) -> Standing:
    family = Family(
        row.id,
        row.client_id,
        row.person_id,
        row.session_id,
        frozenset(row.scope.split()),
        row.auth_time,
        row.acr,
        row.amr,
        row.expires_at,
        row.capacity,
        row.delegation_id,
        row.via_delegation_id,
        codes_in(row.details),
    )
    return Standing(family, row.revoked_at, row.person_state, _session_times(row), bool(row.is_revoked_alone))


def _session_times(row: Any) -> SessionTimes | None:
    if row.session_expires_at is None:
        return None
    return SessionTimes(
        row.session_ended_at,
        row.session_expires_at,
        row.session_seen_at,
        row.session_idle_seconds,
        row.session_delegation_id,
        row.session_via_delegation_id,
    )


def remove_expired(db: Connection, now: datetime, limit: int) -> int:
    """Remove rows whose time is over, at most `limit` of a kind: children before families; how many."""
    removed = 0
    for table, key in ((_refresh, _refresh.c.digest), (_revoked, _revoked.c.jti)):
        due = select(key).where(table.c.expires_at < now).limit(limit)
        removed += len(db.execute(delete(table).where(key.in_(due)).returning(key)).all())
    is_in_use = exists().where(_refresh.c.family_id == _family.c.id)
    due = select(_family.c.id).where(_family.c.expires_at < now, ~is_in_use).limit(limit)
    removed += len(db.execute(delete(_family).where(_family.c.id.in_(due)).returning(_family.c.id)).all())
    return removed
