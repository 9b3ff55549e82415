"""Ceremonies from opening to record: every step is in the tables, any step can be repeated, and each is an audit event.

::

    open ──m signatures, execute──▶ done        (once, even when two nodes try)
      ├── execute refused for good ──▶ failed
      └── abandon ──▶ abandoned
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from crypto.errors import CryptoError
from crypto.sm import sm3
from crypto.sm.sm2 import Sm2PublicKey
from crypto.tokens import random_handle, random_token
from idp.audit.event import Event, Place
from idp.audit.service import Audit
from idp.clock import Clock, instant
from idp.errors import Conflict, IdpError
from idp.keys.ceremonies import events, store
from idp.keys.ceremonies.kind import FINAL_REASONS, Act, CeremonyRefused, Done, Kind, Wish, Workplace
from idp.keys.ceremonies.record import record_data, write_record
from idp.keys.ceremonies.signing import checkpoint_signer
from idp.keys.models import CeremonyState
from idp.keys.quorum import check_evidence, check_time, require_quorum
from idp.keys.statement import Evidence, Officer, QuorumRefused, Statement, read_statement
from idp.storage.engine import Db, Sql

USUAL_DAYS: Final = 7
MOST_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts, and whence."""

    actor: str
    place: Place


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of carrying out: the record, and whether the key agent holds the new root key."""

    record: str
    is_handed_on: bool


class Ceremonies:
    """Opens, collects evidence, carries out, abandons."""

    def __init__(
        self,
        sql: Sql,
        clock: Clock,
        audit: Audit,
        kinds: Mapping[str, Kind],
        work: Workplace,
        hand_on: Callable[[int, bytes], bool],
    ) -> None:
        """`hand_on` gives a root key just made to the key agent and says whether it took it."""
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._kinds = kinds
        self._work = work
        self._hand_on = hand_on

    def open(self, kind: str, wish: Wish, caller: Caller, days: int = USUAL_DAYS) -> Statement:
        """Open a ceremony; its statement is what officers sign. Raises CeremonyRefused, QuorumRefused, with an event."""
        try:
            with self._sql.begin() as db:
                statement = self._planned(db, kind, wish, days)
                row = {
                    "id": statement.id,
                    "kind": kind,
                    "state": CeremonyState.OPEN,
                    "statement": statement.canonical().decode(),
                    "threshold": statement.threshold,
                    "opened_at": _at(statement.opened_at),
                    "expires_at": _at(statement.expires_at),
                }
                store.add_ceremony(db, row)
                opened = events.CeremonyOpened(
                    actor=caller.actor,
                    object=statement.id,
                    place=caller.place,
                    kind=kind,
                    threshold=statement.threshold,
                    statement=statement.digest(),
                )
                self._audit.append(db, opened)
        except (IdpError, CryptoError) as error:
            self._note(events.CeremonyRefused, caller, "-", kind=kind, reason=reason_of(error))
            raise
        return statement

    def add_evidence(self, ceremony_id: str, evidence: Evidence, caller: Caller) -> tuple[int, int]:
        """Verify and keep an officer's evidence; how many there are now, and how many are needed.

        Raises QuorumRefused, CeremonyRefused, with an event.
        """
        try:
            with self._sql.begin() as db:
                row, statement = self._open_one(db, ceremony_id)
                now = self._now()
                check_time(statement, now)
                there = [each.custodian_id for each in store.list_evidence(db, ceremony_id)]
                officers = self._in_office(db, self._kinds[row.kind], statement)
                check_evidence(statement, evidence, officers, there, now)
                store.add_evidence(db, evidence, _at(evidence.signed_at))
                added = events.EvidenceAdded(
                    actor=caller.actor,
                    object=ceremony_id,
                    place=caller.place,
                    officer=evidence.officer_id,
                    count=len(there) + 1,
                    threshold=statement.threshold,
                )
                self._audit.append(db, added)
        except (IdpError, CryptoError) as error:
            self._note(events.EvidenceRefused, caller, _known(error, ceremony_id), reason=reason_of(error))
            raise
        return len(there) + 1, statement.threshold

    def execute(
        self,
        ceremony_id: str,
        caller: Caller,
        file: bytes | None = None,
        deliver: Callable[[bytes], None] | None = None,
    ) -> Outcome:
        """Carry out what m officers agreed to, once. Agreement, act, record and event are one transaction.

        `file` is a backup to restore; `deliver` takes the file of a backup before anything is committed. Raises
        QuorumRefused, CeremonyRefused, Conflict when another node was first, and what the act raises, with an event.
        """
        kind = "-"
        try:
            with self._sql.begin() as db:
                row, statement = self._open_one(db, ceremony_id)
                kind = row.kind
                if not store.end_ceremony(db, ceremony_id, CeremonyState.DONE, instant(self._clock)):
                    raise CeremonyRefused("not_open", state="done")
                done, record = self._carry_out(db, statement, caller, file)
                if deliver is not None and done.file is not None:
                    deliver(done.file)
        except Exception as error:
            self._fail(ceremony_id, kind, caller, error)
            raise
        is_handed_on = False
        if done.is_handed_on and done.root is not None:
            is_handed_on = self._hand_on(done.root.generation, done.root.key)
        return Outcome(record, is_handed_on)

    def abandon(self, ceremony_id: str, caller: Caller) -> None:
        """Give an open ceremony up."""
        with self._sql.begin() as db:
            row, _ = self._open_one(db, ceremony_id)
            if not store.end_ceremony(db, ceremony_id, CeremonyState.ABANDONED, instant(self._clock)):
                raise CeremonyRefused("not_open", state="-")
            abandoned = events.CeremonyAbandoned(
                actor=caller.actor, object=ceremony_id, place=caller.place, kind=row.kind
            )
            self._audit.append(db, abandoned)

    def _planned(self, db: Db, name: str, wish: Wish, days: int) -> Statement:
        kind = self._kinds[name]
        if not 1 <= days <= MOST_DAYS:
            raise CeremonyRefused("too_many_days", most=MOST_DAYS)
        for officer in wish.officers:
            Sm2PublicKey(officer.public_key)
        plan = kind.plan(db, wish, self._work)
        now = self._now()
        return Statement(
            id=random_handle(),
            kind=name,
            instance=self._work.instance,
            what=plan.what,
            generation=_generation(db),
            threshold=plan.threshold,
            officers=plan.officers,
            opened_at=now,
            expires_at=now + int(timedelta(days=days).total_seconds()),
            nonce=random_token(16),
        )

    def _carry_out(
        self, db: Db, statement: Statement, caller: Caller, file: bytes | None
    ) -> tuple[Done, str]:
        kind = self._kinds[statement.kind]
        if statement.instance != self._work.instance:
            raise QuorumRefused("malformed")
        root = store.hold_active_root(db)
        generation = 0 if root is None else int(root.generation)
        evidence = kept_evidence(db, statement)
        officers = self._in_office(db, kind, statement)
        examination = require_quorum(statement, evidence, officers, generation, self._now())
        now = instant(self._clock)
        counted = tuple(each for each in evidence if each.officer_id in examination.accepted)
        act = Act(statement, caller.actor, caller.place, now, tuple(each.as_json() for each in counted), file)
        done = kind.carry_out(db, act, self._work)
        data = record_data(statement, evidence, examination, done.facts, caller.actor, self._now())
        record = write_record(data, checkpoint_signer(db, done.root, self._work.devices))
        store.keep_record(db, statement.id, record)
        event = events.CeremonyDone(
            actor=caller.actor,
            object=statement.id,
            place=caller.place,
            kind=statement.kind,
            agreed=len(examination.accepted),
            generation=done.root.generation if done.root else 0,
            record=sm3.digest(record.encode()).hex(),
        )
        self._audit.append(db, event)
        return done, record

    def _open_one(self, db: Db, ceremony_id: str) -> tuple[Any, Statement]:
        row = store.find_ceremony(db, ceremony_id)
        if row is None or row.kind not in self._kinds:
            raise CeremonyRefused("unknown")
        if row.state is not CeremonyState.OPEN:
            raise CeremonyRefused("not_open", state=row.state.value)
        statement = read_statement(row.statement.encode())
        if (statement.id, statement.kind) != (row.id, row.kind):
            raise QuorumRefused("malformed")
        return row, statement

    def _in_office(self, db: Db, kind: Kind, statement: Statement) -> tuple[Officer, ...]:
        officers = store.list_officers(db)
        return statement.officers if kind.founds and not officers else officers

    def _fail(self, ceremony_id: str, kind: str, caller: Caller, error: Exception) -> None:
        """Note the failure; where it can never succeed, end the ceremony in the same transaction."""
        reason = reason_of(error)
        state = CeremonyState.OPEN
        with self._sql.begin() as db:
            if reason in FINAL_REASONS and store.end_ceremony(
                db, ceremony_id, CeremonyState.FAILED, instant(self._clock)
            ):
                state = CeremonyState.FAILED
            row = store.find_ceremony(db, ceremony_id)
            failed = events.CeremonyFailed(
                actor=caller.actor,
                object=_known(error, ceremony_id),
                place=caller.place,
                kind=kind,
                reason=reason,
                state=state.value if row is None else row.state.value,
            )
            self._audit.append(db, failed)

    def _note(self, event: type[Event], caller: Caller, about: str, **details: Any) -> None:
        self._audit.note(event(actor=caller.actor, object=about, place=caller.place, **details))

    def _now(self) -> int:
        return int(self._clock.timestamp())


def kept_evidence(db: Db, statement: Statement) -> list[Evidence]:
    """The evidence of a ceremony as the tables have it, over the statement as the tables have it."""
    return [
        Evidence(
            ceremony_id=statement.id,
            statement_digest=statement.digest(),
            officer_id=row.custodian_id,
            signed_at=round(row.signed_at.timestamp()),
            signature=bytes(row.signature),
        )
        for row in store.list_evidence(db, statement.id)
    ]


def reason_of(error: Exception) -> str:
    """The machine word for an event."""
    if isinstance(error, Conflict):
        return "conflict"
    reason = getattr(error, "reason", None) or getattr(error, "code", None) or type(error).__name__
    return str(reason)[:64]


def _generation(db: Db) -> int:
    root = store.find_active_root(db)
    return 0 if root is None else int(root.generation)


def _known(error: Exception, ceremony_id: str) -> str:
    """The id for an event; an unknown one is raw input and is left out."""
    return "-" if getattr(error, "reason", "") == "unknown" else ceremony_id


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
