"""As whom a session acts: offered, chosen, switched, and what has become of it.

::

    not chosen ──choose──▶ oneself ⇄ for another ──grant over, organisation held──▶ lost: nobody acts until a new choice
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crypto.tokens import random_handle
from idp.acting import store
from idp.acting.events import CapacityChosen
from idp.acting.store import Use
from idp.audit.event import Place
from idp.audit.service import Audit
from idp.clock import Clock, instant
from idp.delegations.capacities import ActingFor, Capacities
from idp.identifiers.capacity import Capacity
from idp.sessions import store as session_store
from idp.sessions.store import SsoSession
from idp.storage.engine import Db

SELF = "self"
"""What a form sends for acting as oneself."""


@dataclass(frozen=True, slots=True)
class Current:
    """As whom a session acts now. `is_lost`: it acted for another, which it may no more."""

    acting: ActingFor | None
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """No question is needed: this is as whom one acts; `is_only` where there was no other way."""

    acting: ActingFor | None
    is_only: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """The person has to choose among these; `with_self` where acting as oneself is one of them."""

    options: tuple[ActingFor, ...]
    with_self: bool


@dataclass(frozen=True, slots=True)
class Nobody:
    """The application accepts only those who act for another, and the person acts for nobody."""


class SwitchListener(Protocol):
    """A part that issued something in a capacity and ends it when the session takes another one."""

    def capacity_switched(self, db: Db, former: SsoSession, now: datetime) -> None:
        """The session stands as `former` for the last time."""
        ...


class Acting:
    """All acts on capacities of sessions."""

    def __init__(
        self, clock: Clock, audit: Audit, capacities: Capacities, listeners: Sequence[SwitchListener]
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._capacities = capacities
        self._listeners = listeners

    def current(self, db: Db, sso: SsoSession) -> Current:
        """As whom a session acts now; no query where it acts as itself."""
        if sso.delegation_id is None:
            return Current(None)
        found = self._capacities.find(
            db, sso.person_id, sso.delegation_id, sso.via_delegation_id, instant(self._clock)
        )
        return Current(found, found is None)

    def decide(
        self, db: Db, sso: SsoSession, accepted: frozenset[Capacity], codes: frozenset[str] = frozenset()
    ) -> Ready | Ask | Nobody:
        """Whether a person has to choose before an application that accepts these capacities is answered.

        `codes` are the matters that it is about: whoever acts for another must be allowed all of them.
        """
        others = accepted - {Capacity.SELF}
        with_self = Capacity.SELF in accepted
        if not others:
            return Ready(None) if with_self else Nobody()
        chosen = self._chosen(db, sso, others, with_self, codes)
        if chosen is not None:
            return chosen
        options = self.options(db, sso.person_id, others, codes)
        if not options:
            return Ready(None) if with_self else Nobody()
        if not with_self and len(options) == 1:
            return Ready(options[0], True)
        return Ask(tuple(options), with_self)

    def options(
        self, db: Db, person_id: str, accepted: frozenset[Capacity], codes: frozenset[str] = frozenset()
    ) -> list[ActingFor]:
        """The ways in which a person may act for another in one of these capacities and in all these matters, by name."""
        held = self._capacities.list_of(db, person_id, instant(self._clock))
        fitting = [one for one in held if one.capacity in accepted and all(map(one.covers, codes))]
        return sorted(fitting, key=lambda one: (one.organisation_name or "", one.delegation_id))

    def choose(self, db: Db, sso: SsoSession, key: str, client_id: str | None, place: Place) -> Ready | None:
        """Let a session act as chosen; None when that may not be, now. What was issued before follows the policy."""
        now = instant(self._clock)
        acting = None
        if key != SELF:
            delegation_id, _, via = key.partition(".")
            acting = self._capacities.find(db, sso.person_id, delegation_id, via or None, now)
            if acting is None:
                return None
        self._keep(db, sso, acting, client_id, place, now)
        return Ready(acting)

    def note_use(self, db: Db, sso: SsoSession, acting: ActingFor, client_id: str, place: Place) -> None:
        """Remember that an application was answered in a capacity."""
        self._use(db, "signed_in", sso, acting, client_id, place, instant(self._clock))

    def last_choice(self, db: Db, person_id: str, client_id: str) -> str | None:
        """The key of what was last chosen at an application, to be offered first."""
        found = store.find_choice(db, person_id, client_id)
        if found is None:
            return None
        delegation_id, via = found
        return SELF if delegation_id is None else f"{delegation_id}.{via or ''}"

    def _chosen(
        self, db: Db, sso: SsoSession, others: frozenset[Capacity], with_self: bool, codes: frozenset[str]
    ) -> Ready | None:
        """What the session has chosen already, where the application accepts it."""
        if sso.capacity is None:
            return None
        current = self.current(db, sso)
        acting = current.acting
        if acting is not None and acting.capacity in others and all(map(acting.covers, codes)):
            return Ready(acting)
        is_self = current.acting is None and not current.is_lost
        return Ready(None) if is_self and with_self else None

    def _keep(
        self,
        db: Db,
        sso: SsoSession,
        acting: ActingFor | None,
        client_id: str | None,
        place: Place,
        now: datetime,
    ) -> None:
        capacity = acting.capacity if acting else Capacity.SELF
        delegation_id = acting.delegation_id if acting else None
        via = acting.via_delegation_id if acting else None
        is_switch = (sso.delegation_id, sso.via_delegation_id) != (delegation_id, via)
        session_store.change_capacity(db, sso.id, capacity.value, delegation_id, via)
        if client_id is not None:
            store.put_choice(db, sso.person_id, client_id, delegation_id, via, now)
        if is_switch:
            for listener in self._listeners:
                listener.capacity_switched(db, sso, now)
        event = CapacityChosen(
            actor=f"person:{sso.person_id}",
            object=sso.id,
            place=place,
            capacity=capacity.value,
            delegation=delegation_id or "",
            via=via or "",
            client=client_id or "",
            former=sso.delegation_id or "",
        )
        self._audit.append(db, event)
        if acting is not None:
            act = "switched" if sso.capacity is not None and is_switch else "chosen"
            self._use(db, act, sso, acting, client_id, place, now)

    def _use(
        self,
        db: Db,
        act: str,
        sso: SsoSession,
        acting: ActingFor,
        client_id: str | None,
        place: Place,
        now: datetime,
    ) -> None:
        use = Use(
            id=random_handle(),
            act=act,
            person_id=sso.person_id,
            capacity=acting.capacity,
            delegation_id=acting.delegation_id,
            via_delegation_id=acting.via_delegation_id,
            organisation_id=acting.organisation_id,
            subject_person_id=acting.subject_person_id,
            session_id=sso.id,
            client_id=client_id,
            place=place.source,
            at=now,
        )
        store.add_use(db, use)
        self._capacities.touch(db, acting, now)


def key_of(acting: ActingFor) -> str:
    """What a form sends for one way of acting for another."""
    return f"{acting.delegation_id}.{acting.via_delegation_id or ''}"
