"""Importing an extract of the register: new organisations in bulk, those that are there by the register's own rules.

Every new one leaves its change for the publication and its event, as one that is added alone does.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from crypto.sm import sm3
from crypto.tokens import random_token
from idp.audit.service import Audit
from idp.clock import Clock, today
from idp.importing.port import Entry, ImportRun, Outcome
from idp.importing.problems import Problem, Vocabulary
from idp.importing.report import ImportReport
from idp.importing.table_file import Row, TableFile
from idp.organisations.codes import TypedCode, typed
from idp.organisations.events import OrganisationAdded, OrganisationsImported
from idp.organisations.importing_file import VOCABULARY, read_facts
from idp.organisations.models import IdentifierKind
from idp.organisations.port import RegisterFacts
from idp.organisations.service import Organisations
from idp.organisations.store import Identifier, Organisation, OrganisationStore, new_identifier
from idp.storage.engine import Db

SOURCE: Final = "import"


@dataclass(frozen=True, slots=True)
class ReadOrganisation:
    """What a row says, and how it is written: `is_plain` for a new one that touches no other in the way of rules."""

    facts: RegisterFacts
    codes: tuple[TypedCode, ...]
    before: Organisation | None = None
    parent: Organisation | None = None
    merged_into: Organisation | None = None
    is_plain: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class SealedOrganisation:
    """Everything that is written of a new organisation, or the facts that the rules are to apply."""

    read: ReadOrganisation
    row: Row
    organisation: dict[str, Any] | None = None
    identifiers: tuple[dict[str, Any], ...] = ()
    change: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return "SealedOrganisation(…)"


class OrganisationImport:
    """What the engine of imports needs to know of organisations."""

    kind: str = "organisation"
    is_ordered: bool = True
    vocabulary: Vocabulary = VOCABULARY

    def __init__(
        self, clock: Clock, audit: Audit, store: OrganisationStore, organisations: Organisations, actor: str
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._store = store
        self._organisations = organisations
        self._actor = actor

    def read(self, file: TableFile, row: Row) -> Entry[ReadOrganisation] | list[Problem]:
        """What a row says; unified code and old codes stand once in a file."""
        day = today(self._clock)
        facts = read_facts(file, row, day)
        if isinstance(facts, list):
            return facts
        codes = tuple(typed(kind, value, day) for kind, value in facts.identifiers)
        once = [("uscc", _digest("uscc", facts.uscc))]
        once += [(kind.value, _digest(kind.value, value)) for kind, value in facts.identifiers]
        return Entry(row, ReadOrganisation(facts, codes), tuple(once))

    def sift(
        self, db: Db, entries: Sequence[Entry[ReadOrganisation]], outcome: Outcome
    ) -> list[Entry[ReadOrganisation]]:
        """Those that are new or say something else than what stands; in five queries however many they are."""
        facts = [entry.value.facts for entry in entries]
        named = {code for one in facts for code in (one.uscc, one.parent_uscc, one.merged_into_uscc) if code}
        known = self._store.list_by_usccs(db, sorted(named))
        ids = [known[one.uscc].id for one in facts if one.uscc in known]
        identifiers = self._store.list_identifiers_of(db, ids)
        codes = [
            code for entry in entries if entry.value.facts.uscc not in known for code in entry.value.codes
        ]
        held = self._store.list_held(db, [(_kind(code), code.value, code.is_personal) for code in codes])
        kept = []
        coming: set[str] = set()
        for entry in entries:
            missing = _missing(entry.value.facts, known.keys() | coming)
            read = _with_known(entry.value, known, held)
            if missing:
                outcome.refuse(entry.row, Problem(missing, "organisation.parent_unknown"))
            elif read.before is not None and _says_the_same(read, identifiers.get(read.before.id, set())):
                outcome.unchanged += 1
            else:
                coming.add(read.facts.uscc)
                kept.append(replace(entry, value=read))
        return kept

    def foresee(self, entries: Sequence[Entry[ReadOrganisation]], outcome: Outcome) -> None:
        """New ones would be added, the others changed."""
        outcome.added += sum(entry.value.before is None for entry in entries)
        outcome.changed += sum(entry.value.before is not None for entry in entries)

    def prepare(self, entries: Sequence[Entry[ReadOrganisation]], now: datetime) -> list[SealedOrganisation]:
        """Seal the new ones."""
        return [self._sealed(entry, now) for entry in entries]

    def write(self, db: Db, prepared: Sequence[SealedOrganisation], run: ImportRun, outcome: Outcome) -> None:
        """Add the new ones in bulk, and let the register's rules bring the others up to date."""
        fresh = [each for each in prepared if each.organisation is not None]
        rows = [each.organisation for each in fresh if each.organisation is not None]
        self._store.add_rows(
            db,
            rows,
            [row for each in fresh for row in each.identifiers],
            [each.change for each in fresh if each.change is not None],
        )
        events = [
            OrganisationAdded(actor=run.actor, object=row["id"], place=run.place, source=SOURCE)
            for row in rows
        ]
        if events:
            self._audit.append(db, *events)
        outcome.added += len(fresh)
        for each in prepared:
            if each.organisation is None:
                self._organisations.apply(db, each.read.facts, SOURCE, run.actor, run.place)
                outcome.added += each.read.before is None
                outcome.changed += each.read.before is not None

    def ended(self, run: ImportRun, report: ImportReport) -> OrganisationsImported:
        """OrganisationsImported with the counts of the whole file."""
        batch = random_token(9)
        return OrganisationsImported(
            actor=run.actor,
            object=f"import:{batch}",
            place=run.place,
            added=report.added,
            changed=report.changed,
            refused=report.refused,
        )

    def _sealed(self, entry: Entry[ReadOrganisation], now: datetime) -> SealedOrganisation:
        read = entry.value
        if not read.is_plain:
            return SealedOrganisation(read, entry.row)
        made = self._organisations.described(None, read.facts, read.parent, read.merged_into)
        identifiers = (self._identifier(made.id, code, now) for code in read.codes)
        return SealedOrganisation(
            read,
            entry.row,
            self._store.row(made),
            tuple(self._store.identifier_row(one) for one in identifiers),
            self._organisations.change(made, "new", SOURCE, self._actor),
        )

    def _identifier(self, organisation_id: str, code: TypedCode, now: datetime) -> Identifier:
        return new_identifier(organisation_id, _kind(code), code.value, code.is_personal, SOURCE, now)


def _digest(kind: str, value: str) -> bytes:
    return sm3.digest(f"{kind}|{value}".encode())


def _kind(code: TypedCode) -> IdentifierKind:
    if code.kind is None:
        raise ValueError("not an old code")
    return code.kind


def _with_known(
    read: ReadOrganisation, known: Mapping[str, Organisation], held: set[tuple[IdentifierKind, str]]
) -> ReadOrganisation:
    """The row with those of the organisations that it names which are there."""
    facts = read.facts
    named = [code for code in (facts.parent_uscc, facts.merged_into_uscc) if code]
    is_plain = facts.uscc not in known and not held.intersection(facts.identifiers)
    return replace(
        read,
        before=known.get(facts.uscc),
        parent=known.get(facts.parent_uscc or ""),
        merged_into=known.get(facts.merged_into_uscc or ""),
        is_plain=is_plain and all(code in known for code in named),
    )


def _missing(facts: RegisterFacts, usccs: Set[str]) -> str:
    """The field that names an organisation which is not there, or an empty text."""
    named = {"parent_uscc": facts.parent_uscc, "merged_into_uscc": facts.merged_into_uscc}
    return next((field for field, uscc in named.items() if uscc and uscc not in usccs), "")


def _says_the_same(read: ReadOrganisation, identifiers: set[tuple[IdentifierKind, str]]) -> bool:
    before, facts = read.before, read.facts
    if before is None:
        return False
    names = ("name", "kind", "status", "representative_name", "representative_kind", "representative_number")
    return (
        all(getattr(before, name) == getattr(facts, name) for name in names)
        and (facts.region or before.region) == before.region
        and (facts.authority or before.authority) == before.authority
        and before.parent_id == (read.parent.id if read.parent else None)
        and (read.merged_into is None or before.merged_into == read.merged_into.id)
        and identifiers.issuperset(facts.identifiers)
    )
