"""Real-name levels: they rise by evidence only, fall when it expires or is revoked, and are settled here (LOA-02, LOA-05)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from crypto.tokens import random_handle
from idp.audit.event import Place
from idp.audit.service import Audit
from idp.clock import Clock, instant
from idp.errors import NotFound
from idp.proofing import store
from idp.proofing.events import EvidenceRecorded, EvidenceRevoked, LevelFell
from idp.proofing.methods import Methods
from idp.proofing.store import Evidence
from idp.storage.engine import Db, Sql

AT_ONCE = 200
PLACE = Place("system", "level_decay")


@dataclass(frozen=True, slots=True)
class NewEvidence:
    """A proof to be recorded: by which method, on whose word, under which number of theirs.

    `details` holds codes only (clerk, terminal, how the document was read), never a value of the person. `level` below
    the method's own is kept as it is; above it, it is cut down.
    """

    method: str
    source: str
    reference: str
    obtained_at: datetime
    valid_until: datetime | None = None
    level: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settled:
    """A level, until when it holds, and what follows."""

    level: int
    until: datetime | None
    following: int


class Assurance:
    """Records proofs and settles levels."""

    def __init__(self, sql: Sql, clock: Clock, audit: Audit, methods: Methods) -> None:
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._methods = methods

    def record(self, db: Db, person_id: str, new: NewEvidence, actor: str, place: Place) -> tuple[str, int]:
        """Record a proof and settle the level: id of the proof and the new level. Raises NotFound, KeyError for no method."""
        method = self._methods.by_key[new.method]
        self._hold(db, person_id)
        expires_at = new.obtained_at + timedelta(days=method.days) if method.days else None
        if new.valid_until is not None:
            # Nothing carries a level longer than the document that it was about (LOA-05).
            expires_at = min(expires_at or new.valid_until, new.valid_until)
        evidence = Evidence(
            id=random_handle(),
            person_id=person_id,
            method=new.method,
            source=new.source,
            level=min(method.level, method.level if new.level is None else new.level),
            grade=method.grade,
            reference=new.reference,
            details=new.details,
            obtained_at=new.obtained_at,
            expires_at=expires_at,
            revoked_at=None,
            revoked_for=None,
            recorded_by=actor,
        )
        store.add(db, evidence)
        level = self._settle(db, person_id)
        event = EvidenceRecorded(
            actor=actor,
            object=person_id,
            place=place,
            evidence=evidence.id,
            method=evidence.method,
            source=evidence.source,
            level=level,
        )
        self._audit.append(db, event)
        return evidence.id, level

    def revoke(self, db: Db, person_id: str, evidence_id: str, why: str, actor: str, place: Place) -> int:
        """Let a proof count no more; the level that is left. Raises NotFound."""
        self._hold(db, person_id)
        if not store.revoke(db, evidence_id, person_id, why, instant(self._clock)):
            raise NotFound("evidence.unknown", "no proof of this person that counts")
        level = self._settle(db, person_id)
        event = EvidenceRevoked(
            actor=actor, object=person_id, place=place, evidence=evidence_id, why=why, level=level
        )
        self._audit.append(db, event)
        return level

    def list_of(self, db: Db, person_id: str) -> list[Evidence]:
        """Every proof of a person, newest first."""
        return store.list_of(db, person_id)

    def person_merged(self, db: Db, from_id: str, to_id: str) -> None:
        """The proofs of one row are those of the other from here on, and its level is settled anew.

        Rows without any proof, from a time before there were proofs, keep the level that the merge gave.
        """
        store.move(db, from_id, to_id)
        if store.list_of(db, to_id):
            self._settle(db, to_id)

    def run(self) -> int:
        """Let levels fall whose evidence has expired, each in a transaction of its own; how many were looked at."""
        with self._sql.once() as db:
            due = store.list_due(db, instant(self._clock), AT_ONCE)
        for person_id in due:
            with self._sql.begin() as db:
                if store.lock(db, person_id):
                    level = self._settle(db, person_id)
                    event = LevelFell(actor="system:levels", object=person_id, place=PLACE, level=level)
                    self._audit.append(db, event)
        return len(due)

    def _hold(self, db: Db, person_id: str) -> None:
        if not store.lock(db, person_id):
            raise NotFound("person.unknown", "no such person")

    def _settle(self, db: Db, person_id: str) -> int:
        now = instant(self._clock)
        settled = settle(store.list_of(db, person_id), self._methods, now)
        store.put_level(db, person_id, settled.level, settled.until, settled.following, now)
        return settled.level


def settle(proofs: list[Evidence], methods: Methods, now: datetime) -> Settled:
    """The level that proofs come to now, the first instant at which it is lower, and what it is then."""

    def level_at(moment: datetime) -> int:
        return methods.level_of((one.method, one.level) for one in proofs if one.counts_at(moment))

    level = level_at(now)
    ends = sorted(one.expires_at for one in proofs if one.counts_at(now) and one.expires_at is not None)
    for end in ends:
        following = level_at(end)
        if following < level:
            return Settled(level, end, following)
    return Settled(level, None, level)
