"""Changes of who somebody is on paper: names, numbers, further documents, the mobile number, death (NAT-04…NAT-08).

Each is an event with its history; the person stays the same row, so links, sessions' owner and subjects stay as well.
"""

from dataclasses import replace
from datetime import datetime

from idp.accounts.events import PersonIdentityChanged, PersonStateChanged
from idp.accounts.life.parts import Parts
from idp.accounts.models import ChangeKind, PersonState, Standing
from idp.accounts.store import Person
from idp.audit.event import Place
from idp.clock import instant
from idp.errors import Conflict, NotFound
from idp.identifiers.person_name import parse_person_name
from idp.storage.engine import Db


class Identity:
    """All acts on names, numbers and documents."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def change_name(
        self,
        db: Db,
        person_id: str,
        name: str,
        source: str,
        evidence_id: str | None,
        actor: str,
        place: Place,
    ) -> Person:
        """Record another name, in canonical form, as the source says. Raises IdentifierRejected, NotFound, Conflict."""
        person = self._parts.standing(db, person_id)
        new = parse_person_name(name).value
        if new == person.name:
            return person
        changed = self._write(db, replace(person, name=new))
        self._parts.note(db, person_id, ChangeKind.NAME, source, actor, person.name, new, evidence_id)
        self._changed(db, person_id, ChangeKind.NAME, source, actor, place)
        return changed

    def correct_number(
        self,
        db: Db,
        person_id: str,
        id_kind: str,
        id_number: str,
        source: str,
        evidence_id: str | None,
        actor: str,
        place: Place,
    ) -> Person:
        """Put a corrected number in the place of the main one, which becomes a former one and signs in no more.

        Raises NotFound, Conflict `person.closed`, Conflict at the transaction's door when anybody has the new number.
        """
        person = self._parts.standing(db, person_id)
        now = instant(self._parts.clock)
        self._parts.store.change_standing(db, person.document_id, Standing.FORMER, now)
        self._parts.store.add_document(db, person_id, id_kind, id_number, Standing.MAIN, source, None, now)
        changed = self._write(db, person)
        self._parts.note(
            db, person_id, ChangeKind.NUMBER, source, actor, person.id_number, id_number, evidence_id
        )
        self._changed(db, person_id, ChangeKind.NUMBER, source, actor, place)
        return changed

    def add_document(
        self,
        db: Db,
        person_id: str,
        id_kind: str,
        id_number: str,
        source: str,
        evidence_id: str,
        actor: str,
        place: Place,
        valid_until: datetime | None = None,
    ) -> None:
        """Record one more document of the same person, on the word of `evidence_id`; it signs in as well.

        Raises NotFound, Conflict `person.closed`, Conflict at the transaction's door when anybody has it.
        """
        self._parts.standing(db, person_id)
        now = instant(self._parts.clock)
        self._parts.store.add_document(
            db, person_id, id_kind, id_number, Standing.ALSO, source, valid_until, now
        )
        self._parts.note(
            db, person_id, ChangeKind.DOCUMENT_ADDED, source, actor, None, id_number, evidence_id
        )
        self._changed(db, person_id, ChangeKind.DOCUMENT_ADDED, source, actor, place)

    def end_document(self, db: Db, person_id: str, document_id: str, actor: str, place: Place) -> None:
        """Let a further document sign in no more. Raises NotFound; Conflict for the main one."""
        self._parts.standing(db, person_id)
        found = {one.id: one for one in self._parts.store.list_documents(db, person_id)}.get(document_id)
        if found is None:
            raise NotFound("document.unknown", "no document of this person")
        if found.standing is Standing.MAIN:
            raise Conflict("document.main", "the main document cannot end")
        now = instant(self._parts.clock)
        self._parts.store.change_standing(db, document_id, Standing.FORMER, now)
        self._parts.note(db, person_id, ChangeKind.DOCUMENT_ENDED, "owner", actor, found.id_number)
        self._changed(db, person_id, ChangeKind.DOCUMENT_ENDED, "owner", actor, place)

    def take_mobile(self, db: Db, person_id: str, mobile: str, actor: str, place: Place) -> str | None:
        """Give a person the mobile number that was just proved; the id of who had it before and has it no more (NAT-02).

        Raises NotFound, Conflict `person.closed`.
        """
        now = instant(self._parts.clock)
        former = self._parts.persons.find_by_mobile(db, mobile)
        if former is not None and former.id != person_id:
            holder = self._parts.for_change(db, former.id)
            self._write(db, replace(holder, mobile=None, mobile_verified_at=None))
            self._parts.note(db, holder.id, ChangeKind.MOBILE, "taken_over", actor, mobile, None)
            self._changed(db, holder.id, ChangeKind.MOBILE, "taken_over", actor, place)
        person = self._parts.standing(db, person_id)
        self._write(db, replace(person, mobile=mobile, mobile_verified_at=now))
        self._parts.note(db, person_id, ChangeKind.MOBILE, "proved", actor, person.mobile, mobile)
        self._changed(db, person_id, ChangeKind.MOBILE, "proved", actor, place)
        return former.id if former is not None and former.id != person_id else None

    def died(self, db: Db, person_id: str, source: str, actor: str, place: Place) -> Person:
        """The register says that the person died: nobody acts as or for the person any more. Raises NotFound."""
        person = self._parts.for_change(db, person_id)
        if person.state in {PersonState.DECEASED, PersonState.CLOSED, PersonState.MERGED}:
            return person
        self._parts.gone(db, person_id, "person_deceased", actor, place)
        return self._move(db, person, PersonState.DECEASED, ChangeKind.DECEASED, source, actor, place)

    def revive(self, db: Db, person_id: str, evidence_id: str, actor: str, place: Place) -> Person:
        """The register was wrong, as an officer found by new evidence: the person may sign in again. Raises NotFound."""
        person = self._parts.for_change(db, person_id)
        if person.state is not PersonState.DECEASED:
            raise Conflict("person.not_deceased", person.state.value)
        return self._move(db, person, PersonState.ACTIVE, ChangeKind.REVIVED, evidence_id, actor, place)

    def _move(
        self, db: Db, person: Person, to: PersonState, kind: ChangeKind, source: str, actor: str, place: Place
    ) -> Person:
        self._parts.persons.change_state(db, person.id, to, instant(self._parts.clock))
        self._parts.note(db, person.id, kind, source[:48], actor)
        event = PersonStateChanged(actor=actor, object=person.id, place=place, state=to.value)
        self._parts.audit.append(db, event)
        return self._parts.for_change(db, person.id)

    def _write(self, db: Db, person: Person) -> Person:
        changed = replace(person, updated_at=instant(self._parts.clock), version=person.version + 1)
        self._parts.store.restore(db, changed)
        return changed

    def _changed(
        self, db: Db, person_id: str, kind: ChangeKind, source: str, actor: str, place: Place
    ) -> None:
        event = PersonIdentityChanged(
            actor=actor, object=person_id, place=place, kind=kind.value, source=source
        )
        self._parts.audit.append(db, event)
