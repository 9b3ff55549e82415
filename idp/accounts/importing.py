"""Importing persons: those whose numbers nobody has are added with their document, evidence, password and event.

The same number with the same name and mobile number is unchanged; with another one it is a conflict for people to
settle, never an update.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

from crypto.foreign_passwords import ForeignHash
from crypto.tokens import random_token
from idp.accounts.events import PersonAdded, PersonsImported
from idp.accounts.import_file import Proof, ReadPerson, read_person
from idp.accounts.making import BroughtEvidence, person_row
from idp.accounts.problems import VOCABULARY, Problem
from idp.accounts.store import Person, PersonStore
from idp.audit.service import Audit
from idp.clock import Clock, instant
from idp.identifiers.person_name import PersonName
from idp.importing.port import Entry, ImportRun, Outcome
from idp.importing.problems import Problem as RowProblem
from idp.importing.problems import Vocabulary
from idp.importing.report import ImportReport
from idp.importing.table_file import Row, TableFile
from idp.storage.engine import Db

HASHING_THREADS: Final = 2
SOURCE: Final = "import"


class ImportedPasswords(Protocol):
    """Keeps passwords that come with a file."""

    def hash(self, password: str) -> str:
        """The text to keep of a first password; slow, from any thread."""
        ...

    def carry(self, foreign: ForeignHash) -> str | None:
        """The text to keep of another system's hash, or None where its owner is to choose a new password."""
        ...

    def row(self, person_id: str, stored: str, now: datetime) -> dict[str, Any]:
        """A credential with this text, sealed."""
        ...

    def add(self, db: Db, rows: Sequence[dict[str, Any]]) -> None:
        """Keep such credentials."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class SealedPerson:
    """Everything that is written of a person."""

    person: dict[str, Any]
    document: dict[str, Any]
    credential: dict[str, Any] | None
    proof: Proof

    def __repr__(self) -> str:
        return "SealedPerson(…)"


class PersonImport:
    """What the engine of imports needs to know of persons."""

    kind: str = "person"
    is_ordered: bool = False
    vocabulary: Vocabulary = VOCABULARY

    def __init__(
        self,
        clock: Clock,
        audit: Audit,
        store: PersonStore,
        passwords: ImportedPasswords,
        evidence: BroughtEvidence,
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._store = store
        self._passwords = passwords
        self._evidence = evidence

    def read(self, file: TableFile, row: Row) -> Entry[ReadPerson] | list[RowProblem]:
        """The person of a row; document and mobile number stand once in a file."""
        read = read_person(file, row, self._evidence.methods, instant(self._clock))
        if isinstance(read, list):
            return [*read]
        valid = read.valid
        once = [("id_number", self._store.document_digest(valid.id_kind, valid.id_number))]
        if valid.mobile:
            once.append(("mobile", self._store.mobile_digest(valid.mobile)))
        return Entry(row, read, tuple(once))

    def sift(self, db: Db, entries: Sequence[Entry[ReadPerson]], outcome: Outcome) -> list[Entry[ReadPerson]]:
        """Those whose numbers nobody has."""
        digests = [dict(entry.once) for entry in entries]
        numbers = [each["id_number"] for each in digests]
        mobiles = [each["mobile"] for each in digests if "mobile" in each]
        taken = self._store.taken_digests(db, numbers, mobiles)
        return [entry for entry in entries if self._is_free(db, entry, taken, outcome)]

    def foresee(self, entries: Sequence[Entry[ReadPerson]], outcome: Outcome) -> None:
        """All of them would be added."""
        outcome.added += len(entries)

    def prepare(self, entries: Sequence[Entry[ReadPerson]], now: datetime) -> list[SealedPerson]:
        """Seal them, and hash passwords beside each other."""
        stored = self._stored([entry.value for entry in entries])
        return [
            self._sealed(self._person(entry.value, now), secret, entry.value.proof, now)
            for entry, secret in zip(entries, stored, strict=True)
        ]

    def write(self, db: Db, prepared: Sequence[SealedPerson], run: ImportRun, outcome: Outcome) -> None:
        """Add them, each with PersonAdded."""
        self._store.add_rows(db, [each.person for each in prepared], [each.document for each in prepared])
        self._passwords.add(db, [each.credential for each in prepared if each.credential])
        proved = [(each.person["id"], each.person["level"], each.proof) for each in prepared]
        at = prepared[0].person["created_at"]
        self._evidence.add(db, [each for each in proved if each[1] > 0], run.actor, at)
        events = (
            PersonAdded(actor=run.actor, object=person_id, place=run.place, level=level)
            for person_id, level, _ in proved
        )
        self._audit.append(db, *events)
        outcome.added += len(prepared)

    def ended(self, run: ImportRun, report: ImportReport) -> PersonsImported:
        """PersonsImported with the counts of the whole file."""
        batch = random_token(9)
        return PersonsImported(
            actor=run.actor,
            object=f"import:{batch}",
            place=run.place,
            added=report.added,
            refused=report.refused,
            batch=batch,
        )

    def _person(self, read: ReadPerson, now: datetime) -> Person:
        """The person, whose level holds as long as the proof that it stands on."""
        until = self._evidence.until(read.proof, now) if read.valid.level else None
        return replace(person_row(read.valid, now), level_until=until)

    def _is_free(self, db: Db, entry: Entry[ReadPerson], taken: set[bytes], outcome: Outcome) -> bool:
        digests, valid = dict(entry.once), entry.value.valid
        if digests["id_number"] in taken:
            person = self._store.find_by_document(db, valid.id_kind, valid.id_number)
            if person is not None and _is_same(person, entry.value):
                outcome.unchanged += 1
            else:
                outcome.refuse(entry.row, Problem("id_number", "person.id_number_taken"))
            return False
        if digests.get("mobile") in taken:
            outcome.refuse(entry.row, Problem("mobile", "person.mobile_taken"))
            return False
        return True

    def _stored(self, read: Sequence[ReadPerson]) -> list[str | None]:
        """What is kept of each password; what takes Argon2 is worked out beside each other."""
        if not any(map(_is_slow, read)):
            return [self._secret(each) for each in read]
        with ThreadPoolExecutor(HASHING_THREADS) as pool:
            return list(pool.map(self._secret, read))

    def _secret(self, read: ReadPerson) -> str | None:
        if read.password_hash is not None:
            return self._passwords.carry(read.password_hash)
        return self._passwords.hash(read.valid.password) if read.valid.password else None

    def _sealed(self, person: Person, secret: str | None, proof: Proof, now: datetime) -> SealedPerson:
        return SealedPerson(
            self._store.person_row(person),
            self._store.document_row(person, SOURCE),
            self._passwords.row(person.id, secret, now) if secret else None,
            proof,
        )


def _is_slow(read: ReadPerson) -> bool:
    return bool(read.valid.password) or (read.password_hash is not None and read.password_hash.recipe.is_weak)


def _is_same(person: Person, read: ReadPerson) -> bool:
    is_same_name = PersonName(person.name).comparison == PersonName(read.valid.name).comparison
    return is_same_name and person.mobile == read.valid.mobile
