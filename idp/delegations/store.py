"""Every query on delegations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, bindparam, func, insert, or_, select, update

from crypto.lookup import Lookup
from crypto.seal import Sealer
from idp.accounts.models import PersonRow, PersonState
from idp.delegations.models import DelegationRow, DelegationState
from idp.delegations.rules import Held
from idp.identifiers.capacity import Capacity
from idp.organisations.models import OrganisationRow, RegistrationStatus
from idp.storage.base import table_of
from idp.storage.direct import Prepared
from idp.storage.sealed import DigestedColumn, DigestedTable, SealedTable

_delegation = table_of(DelegationRow)
_organisation = table_of(OrganisationRow)
_person = table_of(PersonRow)
INVITEE_KIND: Final = "mobile"
SEALED: Final = SealedTable(_delegation, ("invitee",))
_INVITEE: Final = DigestedColumn(
    "invitee", "invitee_digest", "invitee_digest_even", lambda _row: INVITEE_KIND
)
DIGESTED: Final = DigestedTable(SEALED, (_INVITEE,))
STANDING: Final = (DelegationState.ACTIVE, DelegationState.FROZEN)
OPEN: Final = (DelegationState.INVITED, *STANDING)
MOST_SHOWN: Final = 1_000
"""Grants that a list for people holds at most."""
_BY_ID = Prepared(select(_delegation).where(_delegation.c.id == bindparam("id")))
_FOR_CHANGE = select(_delegation).where(_delegation.c.id == bindparam("id")).with_for_update()
_SUBJECT = (
    _organisation.c.name.label("organisation_name"),
    _organisation.c.uscc,
    _organisation.c.status,
    _organisation.c.frozen_for.label("organisation_frozen_for"),
    _person.c.state.label("person_state"),
)
_with_subject = select(_delegation, *_SUBJECT).select_from(
    _delegation.outerjoin(_organisation, _organisation.c.id == _delegation.c.organisation_id).outerjoin(
        _person, _person.c.id == _delegation.c.person_id
    )
)


@dataclass(frozen=True, slots=True)
class Delegation:
    """One grant as stored; `repr` shows the id only."""

    id: str
    capacity: Capacity
    organisation_id: str | None
    person_id: str | None
    agent_person_id: str | None
    agent_organisation_id: str | None
    parent_id: str | None
    matters: frozenset[str]
    may_delegate: bool
    state: DelegationState
    starts_at: datetime
    ends_at: datetime | None
    invited_by: str
    invited_at: datetime
    invitee: str | None = None
    accepted_at: datetime | None = None
    frozen_for: str | None = None
    ended_at: datetime | None = None
    ended_for: str | None = None
    ended_by: str | None = None
    grant_evidence: str | None = None
    acceptance_evidence: str | None = None
    version: int = 1
    last_used_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Delegation({self.id})"

    @property
    def held(self) -> Held:
        """What it gives."""
        return Held(self.capacity, self.matters, self.starts_at, self.ends_at, self.may_delegate)

    @property
    def subject(self) -> str:
        """The one acted for, as events and evidence name it."""
        return f"organisation:{self.organisation_id}" if self.organisation_id else f"person:{self.person_id}"

    @property
    def agent(self) -> str:
        """The one who acts, as evidence names it; empty while nobody has accepted."""
        if self.agent_organisation_id:
            return f"organisation:{self.agent_organisation_id}"
        return f"person:{self.agent_person_id}" if self.agent_person_id else ""


@dataclass(frozen=True, slots=True)
class WithSubject:
    """A grant with what decides whether the one acted for stands."""

    delegation: Delegation
    organisation_name: str | None
    uscc: str | None
    status: RegistrationStatus | None
    organisation_frozen_for: str | None
    person_state: PersonState | None


class DelegationStore:
    """Finds, adds and changes delegations."""

    def __init__(self, sealer: Sealer, lookup: Lookup) -> None:
        self._sealer = sealer
        self._lookup = lookup

    def find(self, db: Connection, delegation_id: str) -> Delegation | None:
        """The grant of this id, or None."""
        return self._opened(_BY_ID.first(db, {"id": delegation_id}))

    def find_for_change(self, db: Connection, delegation_id: str) -> Delegation | None:
        """As `find`, and nobody else changes it until the transaction ends."""
        return self._opened(db.execute(_FOR_CHANGE, {"id": delegation_id}).first())

    def find_with_subject(self, db: Connection, delegation_id: str) -> WithSubject | None:
        """A grant with the one acted for."""
        return self._whole(db.execute(_with_subject.where(_delegation.c.id == delegation_id)).first())

    def add(self, db: Connection, delegation: Delegation) -> None:
        """Add a grant. Raises Conflict (at the transaction's door) when the same one stands already."""
        db.execute(insert(_delegation), [self.row(delegation)])

    def accept(self, db: Connection, delegation: Delegation) -> bool:
        """Write an acceptance onto an open invitation; false when it is none any more (withdrawn, declined, accepted).

        One statement decides between an acceptance and a withdrawal that come at once. Raises Conflict (at the
        transaction's door) when the same grant stands already.
        """
        values = self.row(delegation)
        is_open = and_(_delegation.c.id == values.pop("id"), _delegation.c.state == DelegationState.INVITED)
        return (
            db.execute(update(_delegation).where(is_open).values(values).returning(_delegation.c.id)).first()
            is not None
        )

    def close(
        self, db: Connection, delegation_id: str, to: DelegationState, now: datetime, why: str, by: str
    ) -> bool:
        """Decline or withdraw an open invitation; false when it is none any more."""
        is_open = and_(_delegation.c.id == delegation_id, _delegation.c.state == DelegationState.INVITED)
        values = {
            "state": to,
            "ended_at": now,
            "ended_for": why,
            "ended_by": by,
            "invitee": None,
        } | _no_digests()
        return (
            db.execute(update(_delegation).where(is_open).values(values).returning(_delegation.c.id)).first()
            is not None
        )

    def put(self, db: Connection, delegation: Delegation) -> None:
        """Write every column of a grant that was read for change."""
        values = self.row(delegation)
        db.execute(update(_delegation).where(_delegation.c.id == values.pop("id")).values(values))

    def end(self, db: Connection, ids: Sequence[str], now: datetime, why: str, by: str) -> list[str]:
        """End grants that stand or are offered; which of them did."""
        if not ids:
            return []
        values = {
            "state": DelegationState.ENDED,
            "ended_at": now,
            "ended_for": why,
            "ended_by": by,
            "frozen_for": None,
            "invitee": None,
            "version": _delegation.c.version + 1,
        }
        wanted = and_(_delegation.c.id.in_(ids), _delegation.c.state.in_(OPEN))
        ended = update(_delegation).where(wanted).values(values | _no_digests()).returning(_delegation.c.id)
        return [row.id for row in db.execute(ended)]

    def freeze(self, db: Connection, ids: Sequence[str], why: str) -> list[str]:
        """Freeze active grants; which of them were."""
        if not ids:
            return []
        wanted = and_(_delegation.c.id.in_(ids), _delegation.c.state == DelegationState.ACTIVE)
        values = {"state": DelegationState.FROZEN, "frozen_for": why, "version": _delegation.c.version + 1}
        return [
            row.id
            for row in db.execute(
                update(_delegation).where(wanted).values(values).returning(_delegation.c.id)
            )
        ]

    def thaw(self, db: Connection, organisation_id: str, why: str) -> list[str]:
        """Release the grants of an organisation that were frozen for this reason; which of them were."""
        wanted = and_(
            _delegation.c.organisation_id == organisation_id,
            _delegation.c.state == DelegationState.FROZEN,
            _delegation.c.frozen_for == why,
        )
        values = {"state": DelegationState.ACTIVE, "frozen_for": None, "version": _delegation.c.version + 1}
        return [
            row.id
            for row in db.execute(
                update(_delegation).where(wanted).values(values).returning(_delegation.c.id)
            )
        ]

    def expire(self, db: Connection, now: datetime, invited_before: datetime, limit: int) -> list[Delegation]:
        """Mark grants whose period is over and invitations that nobody answered; those that were marked."""
        is_over = or_(
            and_(
                _delegation.c.state.in_(STANDING),
                _delegation.c.ends_at.is_not(None),
                _delegation.c.ends_at <= now,
            ),
            and_(_delegation.c.state == DelegationState.INVITED, _delegation.c.invited_at < invited_before),
        )
        due = select(_delegation.c.id).where(is_over).limit(limit)
        values = {
            "state": DelegationState.EXPIRED,
            "ended_at": now,
            "ended_for": "period",
            "invitee": None,
        } | _no_digests()
        done = (
            update(_delegation)
            .where(_delegation.c.id.in_(due), is_over)
            .values(values)
            .returning(*_delegation.c)
        )
        return [one for row in db.execute(done) if (one := self._opened(row)) is not None]

    def list_below(self, db: Connection, delegation_id: str) -> list[Delegation]:
        """Every grant under this one that stands or is offered, parents before children, locked for change."""
        found: list[Delegation] = []
        level = [delegation_id]
        while level:
            wanted = (
                select(_delegation)
                .where(_delegation.c.parent_id.in_(level), _delegation.c.state.in_(OPEN))
                .order_by(_delegation.c.id)
                .with_for_update()
            )
            below = [one for row in db.execute(wanted) if (one := self._opened(row))]
            found += below
            level = [one.id for one in below]
        return found

    def list_above(self, db: Connection, delegation: Delegation) -> list[Delegation]:
        """Every grant that this one stands on, the nearest first."""
        above: list[Delegation] = []
        parent_id = delegation.parent_id
        while parent_id is not None and (parent := self.find(db, parent_id)) is not None:
            above.append(parent)
            parent_id = parent.parent_id
        return above

    def depth(self, db: Connection, delegation: Delegation) -> int:
        """How many rows stand above and including this one."""
        return 1 + len(self.list_above(db, delegation))

    def list_of_organisation(
        self,
        db: Connection,
        organisation_id: str,
        states: Sequence[DelegationState] = OPEN,
        limit: int | None = MOST_SHOWN,
    ) -> list[Delegation]:
        """Grants of an organisation in these states, newest first; `limit` None gives all, as acts on all of them need."""
        return self._list(
            db,
            _delegation.c.organisation_id == organisation_id,
            _delegation.c.state.in_(states),
            limit=limit,
        )

    def list_of_subject(self, db: Connection, person_id: str) -> list[Delegation]:
        """Grants for a person who is acted for, ended ones too, newest first."""
        return self._list(db, _delegation.c.person_id == person_id)

    def list_of_agent(self, db: Connection, person_id: str) -> list[WithSubject]:
        """Grants that a person was offered, holds or held, newest first, at most 1,000."""
        return self._wholes(db, _with_subject.where(_delegation.c.agent_person_id == person_id))

    def list_active_of_agent(self, db: Connection, person_id: str) -> list[WithSubject]:
        """Grants that a person holds now, whoever is acted for."""
        active = _delegation.c.state == DelegationState.ACTIVE
        return self._wholes(db, _with_subject.where(_delegation.c.agent_person_id == person_id, active))

    def list_active_of_agent_organisations(
        self, db: Connection, organisation_ids: Sequence[str]
    ) -> list[WithSubject]:
        """Grants that these organisations hold as agents of others now."""
        if not organisation_ids:
            return []
        active = _delegation.c.state == DelegationState.ACTIVE
        wanted = _with_subject.where(_delegation.c.agent_organisation_id.in_(organisation_ids), active)
        return self._wholes(db, wanted)

    def list_standing_of_person(
        self, db: Connection, organisation_id: str, person_id: str
    ) -> list[Delegation]:
        """What a person holds at an organisation, active or frozen."""
        return self._list(
            db,
            _delegation.c.organisation_id == organisation_id,
            _delegation.c.agent_person_id == person_id,
            _delegation.c.state.in_(STANDING),
        )

    def list_of_person_at(self, db: Connection, organisation_id: str, person_id: str) -> list[Delegation]:
        """What a person was offered, holds or held at an organisation, newest first."""
        return self._list(
            db, _delegation.c.organisation_id == organisation_id, _delegation.c.agent_person_id == person_id
        )

    def list_open_touching(self, db: Connection, person_id: str) -> list[Delegation]:
        """Every grant that stands or is offered and in which a person is agent or acted for."""
        is_part = or_(_delegation.c.agent_person_id == person_id, _delegation.c.person_id == person_id)
        return self._list(db, is_part, _delegation.c.state.in_(OPEN), limit=None)

    def list_invited(self, db: Connection, person_id: str, mobile: str | None) -> list[WithSubject]:
        """Open invitations to a person, by id or by mobile number."""
        is_invited = _delegation.c.agent_person_id == person_id
        if mobile is not None:
            version, digest = self._lookup.current_digest(INVITEE_KIND, mobile)
            is_invited = or_(is_invited, _delegation.c[_INVITEE.slot(version)] == digest)
        return self._wholes(
            db, _with_subject.where(is_invited, _delegation.c.state == DelegationState.INVITED)
        )

    def count_standing(
        self,
        db: Connection,
        capacity: Capacity,
        *,
        organisation_id: str | None = None,
        person_id: str | None = None,
    ) -> int:
        """How many hold this capacity or are offered it."""
        wanted = select(func.count()).where(
            _delegation.c.capacity == capacity,
            _delegation.c.state.in_(OPEN),
            _delegation.c.organisation_id == organisation_id
            if organisation_id
            else _delegation.c.person_id == person_id,
        )
        return int(db.execute(wanted).scalar_one())

    def lock_subject(self, db: Connection, delegation: Delegation) -> None:
        """Let one transaction at a time count and add grants of one organisation or person."""
        table, key = (
            (_organisation, delegation.organisation_id)
            if delegation.organisation_id
            else (_person, delegation.person_id)
        )
        db.execute(select(table.c.id).where(table.c.id == key).with_for_update())

    def lock_organisations(self, db: Connection, organisation_ids: Sequence[str]) -> None:
        """Let one transaction at a time decide about these organisations together; always locked in the same order."""
        wanted = select(_organisation.c.id).where(_organisation.c.id.in_(organisation_ids))
        db.execute(wanted.order_by(_organisation.c.id).with_for_update()).all()

    def touch(self, db: Connection, delegation_id: str, now: datetime) -> None:
        """Remember the last use."""
        db.execute(update(_delegation).where(_delegation.c.id == delegation_id).values(last_used_at=now))

    def row(self, one: Delegation) -> dict[str, Any]:
        """The columns of a grant; a number that was invited is sealed."""
        digests: dict[str, bytes | None] = {_INVITEE.odd: None, _INVITEE.even: None}
        invitee = None
        if one.invitee is not None:
            invitee = self._sealer.seal(one.invitee.encode(), _delegation.name, one.id, "invitee")
            for version, digest in self._lookup.digests(INVITEE_KIND, one.invitee).items():
                digests[_INVITEE.slot(version)] = digest
        plain = {
            name: getattr(one, name)
            for name in Delegation.__dataclass_fields__
            if name not in {"matters", "invitee"}
        }
        return {**plain, "matters": sorted(one.matters), "invitee": invitee, **digests}

    def _list(self, db: Connection, *wanted: Any, limit: int | None = MOST_SHOWN) -> list[Delegation]:
        rows = db.execute(
            select(_delegation)
            .where(*wanted)
            .order_by(_delegation.c.invited_at.desc(), _delegation.c.id)
            .limit(limit)
        )
        return [one for row in rows if (one := self._opened(row)) is not None]

    def _wholes(self, db: Connection, wanted: Select[Any]) -> list[WithSubject]:
        rows = db.execute(wanted.order_by(_delegation.c.invited_at.desc(), _delegation.c.id).limit(1_000))
        return [one for row in rows if (one := self._whole(row)) is not None]

    def _whole(self, row: Any | None) -> WithSubject | None:
        delegation = self._opened(row)
        if row is None or delegation is None:
            return None
        return WithSubject(
            delegation,
            row.organisation_name,
            row.uscc,
            row.status,
            row.organisation_frozen_for,
            row.person_state,
        )

    def _opened(self, row: Any | None) -> Delegation | None:
        if row is None:
            return None
        values = {
            name: getattr(row, name)
            for name in Delegation.__dataclass_fields__
            if name not in {"matters", "invitee"}
        }
        invitee = None
        if row.invitee is not None:
            invitee = self._sealer.open(bytes(row.invitee), _delegation.name, row.id, "invitee").decode()
        return Delegation(**values, matters=frozenset(row.matters), invitee=invitee)


def _no_digests() -> dict[str, Any]:
    return {_INVITEE.odd: None, _INVITEE.even: None}
