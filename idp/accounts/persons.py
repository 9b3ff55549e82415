"""Natural persons as officers see them: register, freeze, release, close.

To ask for the state that a person is in changes nothing; who may follow whom stands in `models.PersonState`.
"""

from dataclasses import replace
from typing import Final

from idp.accounts.events import PersonAdded
from idp.accounts.import_file import CARRIED_OVER, Proof
from idp.accounts.life.closing import Closing
from idp.accounts.life.holds import Holds
from idp.accounts.making import BroughtEvidence, Passwords, person_row
from idp.accounts.models import HoldKind
from idp.accounts.new_person import NewPerson, ValidPerson, validate
from idp.accounts.problems import Problem
from idp.accounts.store import Person, PersonStore
from idp.audit.event import Place
from idp.audit.service import Audit
from idp.clock import Clock, instant, today
from idp.errors import Conflict, RequestRefused
from idp.storage.engine import Db, Sql

PROOF: Final = Proof(CARRIED_OVER, "officer", "", None)
"""What the level stands on that an officer gives to a new person."""


class PersonRefused(RequestRefused):
    """What was typed is no person; `problems` names every field and what is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems[0].code, ", ".join(f"{each.field}: {each.code}" for each in problems))
        self.problems = problems


class Persons:
    """Registers persons and changes their state; every change leaves its event in the same transaction."""

    def __init__(
        self,
        sql: Sql,
        clock: Clock,
        audit: Audit,
        store: PersonStore,
        passwords: Passwords,
        evidence: BroughtEvidence,
        holds: Holds,
        closing: Closing,
    ) -> None:
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._store = store
        self._passwords = passwords
        self._evidence = evidence
        self._holds = holds
        self._closing = closing

    def register(self, new: NewPerson, actor: str, place: Place) -> Person:
        """Register a person, all or nothing, and return the row.

        Raises PersonRefused when a field does not hold; Conflict `person.id_number_taken` or `person.mobile_taken`
        when somebody has the number, also when both came at the same moment: the unique constraint decides.
        """
        valid = validate(new, today(self._clock))
        if isinstance(valid, list):
            raise PersonRefused(valid)
        now = instant(self._clock)
        until = self._evidence.until(PROOF, now) if valid.level else None
        person = replace(person_row(valid, now), level_until=until)
        try:
            with self._sql.begin() as db:
                self._store.add(db, [person])
                if person.level:
                    self._evidence.add(db, [(person.id, person.level, PROOF)], actor, now)
                if valid.password is not None:
                    self._passwords.enrol(db, [(person.id, valid.password)], person.created_at)
                self._audit.append(
                    db, PersonAdded(actor=actor, object=person.id, place=place, level=person.level)
                )
        except Conflict as conflict:
            with self._sql.once() as db:
                code = taken_code(db, self._store, valid)
            raise Conflict(code or conflict.code, conflict.detail) from conflict
        return person

    def freeze(
        self,
        person_id: str,
        actor: str,
        place: Place,
        kind: HoldKind = HoldKind.RISK,
        reason: str = "officer",
        reference: str | None = None,
    ) -> Person:
        """Bar a person from signing in, and end the person's sessions. Raises NotFound, Conflict `person.closed`."""
        with self._sql.begin() as db:
            return self._holds.place(db, person_id, kind, reason, reference, actor, place)

    def unfreeze(self, person_id: str, actor: str, place: Place, kind: HoldKind = HoldKind.RISK) -> Person:
        """Lift what one side holds; the person may sign in when nobody holds him. Raises NotFound, Conflict `person.closed`."""
        with self._sql.begin() as db:
            return self._holds.lift(db, person_id, kind, actor, place)

    def close(self, person_id: str, actor: str, place: Place) -> Person:
        """Close a person for good, at once, and leave nothing personal. Raises NotFound."""
        with self._sql.begin() as db:
            return self._closing.complete(db, person_id, actor, place)


def taken_code(db: Db, store: PersonStore, valid: ValidPerson) -> str | None:
    """Which of the two numbers somebody has already: the code of the conflict, or None."""
    number = store.document_digest(valid.id_kind, valid.id_number)
    mobile = store.mobile_digest(valid.mobile) if valid.mobile else None
    taken = store.taken_digests(db, [number], [mobile] if mobile else [])
    if number in taken:
        return "person.id_number_taken"
    return "person.mobile_taken" if mobile in taken else None
