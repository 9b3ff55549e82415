"""What grants do when organisations and persons change, and when time passes."""

from typing import Final

from idp.audit.event import Place
from idp.clock import instant
from idp.delegations.changing import Changing
from idp.delegations.events import DelegationEnded, DelegationsHeld
from idp.delegations.founding import Founding
from idp.delegations.parts import Parts
from idp.delegations.rules import INVITED_FOR
from idp.delegations.store import OPEN, STANDING
from idp.identifiers.capacity import Capacity
from idp.organisations.models import RegistrationStatus
from idp.organisations.rules import has_other_representative, is_usable
from idp.organisations.store import Organisation
from idp.storage.engine import Db, Sql

ENDED = frozenset({RegistrationStatus.DEREGISTERED, RegistrationStatus.MERGED})
ORGANISATION_ENDED: Final = "organisation_"
"""Beginning of the reason for which grants end with their organisation."""
AT_ONCE = 500
ACTOR = "system:delegations"
PLACE = Place("worker", "delegation_periods")
JOB_SECONDS = 60


class Following:
    """Listens to organisations and persons; `run` is the job that lets periods end."""

    def __init__(self, sql: Sql, parts: Parts, changing: Changing, founding: Founding) -> None:
        self._sql = sql
        self._parts = parts
        self._changing = changing
        self._founding = founding

    def organisation_changed(
        self, db: Db, before: Organisation, after: Organisation, actor: str, place: Place
    ) -> None:
        """Let grants end with an organisation, rest while it is held, and wait for a new representative."""
        now = instant(self._parts.clock)
        if after.status in ENDED and before.status != after.status:
            self._end_all(db, after.id, f"{ORGANISATION_ENDED}{after.status.value}", actor, place)
            return
        if has_other_representative(before, after):
            self._founding.retire_representatives(db, after.id, actor, place)
        if is_usable(before) and not is_usable(after):
            standing = self._parts.store.list_of_organisation(db, after.id, STANDING, limit=None)
            ids = [one.id for one in standing]
            self._parts.tell_ended(db, ids, now)
            why = after.frozen_for or after.status.value
            self._held(db, after.id, why, len(ids), actor, place)
        elif not is_usable(before) and is_usable(after):
            self._held(db, after.id, "", 0, actor, place)

    def person_gone(self, db: Db, person_id: str, why: str, actor: str, place: Place) -> None:
        """Somebody died, closed the account or became part of another one: every grant with that person ends.

        What a representative granted does not die with the representative: it rests until the next one has looked at it.
        """
        for grant in self._parts.store.list_open_touching(db, person_id):
            if grant.capacity is Capacity.LEGAL_REPRESENTATIVE and grant.organisation_id is not None:
                self._founding.retire_representatives(db, grant.organisation_id, actor, place, why)
                continue
            self._changing.end_with_below(db, grant, why, actor, place)

    def blockers(self, db: Db, person_id: str) -> list[str]:
        """The organisations that nobody else could act for if this person left: ids."""
        alone = []
        for one in self._parts.store.list_active_of_agent(db, person_id):
            organisation_id = one.delegation.organisation_id
            if organisation_id is None or one.delegation.capacity is Capacity.AGENT:
                continue
            standing = self._parts.store.list_of_organisation(db, organisation_id, STANDING, limit=None)
            others = [
                each
                for each in standing
                if each.agent_person_id not in {person_id, None} and each.capacity is not Capacity.AGENT
            ]
            if not others and organisation_id not in alone:
                alone.append(organisation_id)
        return alone

    def run(self) -> int:
        """Mark what is over; how many."""
        now = instant(self._parts.clock)
        with self._sql.begin() as db:
            over = self._parts.store.expire(db, now, now - INVITED_FOR, AT_ONCE)
            events = [
                DelegationEnded(
                    actor=ACTOR, object=one.id, place=PLACE, subject=one.subject, why="period", below=0
                )
                for one in over
            ]
            if events:
                self._parts.audit.append(db, *events)
            self._parts.tell_ended(db, [one.id for one in over], now)
        return len(over)

    def _end_all(self, db: Db, organisation_id: str, why: str, actor: str, place: Place) -> None:
        grants = self._parts.store.list_of_organisation(db, organisation_id, OPEN, limit=None)
        held = self._parts.store.list_active_of_agent_organisations(db, [organisation_id])
        for grant in (*grants, *(one.delegation for one in held)):
            self._changing.end_with_below(db, grant, why, actor, place)

    def _held(self, db: Db, organisation_id: str, why: str, grants: int, actor: str, place: Place) -> None:
        event = DelegationsHeld(
            actor=actor, object=f"organisation:{organisation_id}", place=place, why=why, grants=grants
        )
        self._parts.audit.append(db, event)
