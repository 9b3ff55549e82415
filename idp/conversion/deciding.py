"""Pure: which organisation an old record belongs to, as far as the directory tells.

An organisation is never computed: one whose unified code holds the old organisation code (characters 9 to 17, GB 32100-2015)
is a candidate, and belongs together with the record only if the register's name of it is the record's too.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from idp.conversion.models import ConversionState
from idp.identifiers.normalise import normalise
from idp.organisations.codes import TypedCode
from idp.organisations.models import IdentifierKind, IdentifierStatus, RegistrationStatus

Key = tuple[IdentifierKind | None, str]


@dataclass(frozen=True, slots=True, repr=False)
class OldRecord:
    """A row: old codes, the name, the unified code if one is stated; `fault` is field and reason of a code that fails."""

    codes: tuple[TypedCode, ...]
    name: str
    uscc: str | None
    fault: tuple[str, str] | None = None

    def __repr__(self) -> str:
        return "OldRecord(…)"

    @property
    def text(self) -> str:
        """Its codes as one text: two records of one text are the same old record."""
        codes = [[code.kind, code.value] for code in self.codes]
        return orjson.dumps([*codes, ["uscc", self.uscc]] if self.uscc else codes).decode()


@dataclass(frozen=True, slots=True)
class Known:
    """An organisation as far as a decision needs it."""

    id: str
    uscc: str
    name: str
    status: RegistrationStatus


@dataclass(frozen=True, slots=True)
class Decision:
    """The state, the organisation where one was found, the reason and the candidates where none was."""

    state: ConversionState
    organisation: Known | None = None
    why: str = ""
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Directory:
    """What the directory knows of the codes of some records: owners by code, organisations by the organisation code
    inside their unified code, and by unified code. It learns what one record gives to those behind it.
    """

    owners: dict[Key, list[tuple[Known, IdentifierStatus]]]
    by_subject: Mapping[str, Sequence[Known]]
    by_uscc: Mapping[str, Known]

    def ids(self) -> set[str]:
        """Every organisation that is named."""
        owners = {one.id for held in self.owners.values() for one, _ in held}
        subjects = {one.id for ones in self.by_subject.values() for one in ones}
        return owners | subjects | {one.id for one in self.by_uscc.values()}

    def learn(self, decision: "Decision | None", fresh: Sequence[TypedCode]) -> None:
        """An organisation is given these codes."""
        if decision is not None and decision.organisation is not None:
            for code in fresh:
                entry = (decision.organisation, IdentifierStatus.ACTIVE)
                self.owners.setdefault((code.kind, code.value), []).append(entry)


def decide(record: OldRecord, directory: Directory) -> Decision | None:
    """What the directory says of a record; None where only the register can tell."""
    if record.fault is not None:
        return Decision(ConversionState.BAD_CHECKSUM, why=record.fault[1])
    stated = directory.by_uscc.get(record.uscc or "")
    owners = _owners(record, directory)
    if owners:
        return _of_owners(record, owners, stated, candidates(record, directory))
    pool = [stated] if stated is not None else candidates(record, directory)
    if len(pool) > 1:
        return _ambiguous("several", pool)
    if pool and (record.uscc is None or stated is not None) and is_same_name(record.name, pool[0].name):
        return Decision(ConversionState.MATCHED_BY_REGISTER, pool[0])
    return None


def candidates(record: OldRecord, directory: Directory) -> list[Known]:
    """Organisations whose unified code holds an organisation code of the record."""
    found: dict[str, Known] = {}
    for code in subject_codes(record):
        found |= {one.id: one for one in directory.by_subject.get(code, ())}
    return list(found.values())


def subject_codes(record: OldRecord) -> list[str]:
    """Organisation codes in a record: its own, and the one inside an old tax number of an organisation (china.md §5.6)."""
    found = []
    for code in record.codes:
        if code.kind is IdentifierKind.ORGANISATION_CODE:
            found.append(code.value)
        elif code.kind is IdentifierKind.TAX_NUMBER and not code.is_personal:
            found.append(code.value[6:])
    return list(dict.fromkeys(found))


def is_same_name(first: str, second: str) -> bool:
    """Whether two names are one when width of characters, brackets, spaces and hyphens are left aside."""
    return _plain(first) == _plain(second) != ""


def _plain(name: str) -> str:
    return normalise(unicodedata.normalize("NFKC", name))


def _of_owners(
    record: OldRecord, owners: Sequence[Known], stated: Known | None, others: Sequence[Known]
) -> Decision:
    """One owner, unless a code of the record speaks for another organisation: a candidate proves nothing, but it is a doubt."""
    named = {one.id: one for one in (*owners, *others)}
    if len(named) > 1:
        return _ambiguous("disputed" if len(record.codes) == 1 else "codes_disagree", list(named.values()))
    if record.uscc is not None and record.uscc != owners[0].uscc:
        return _ambiguous("stated_differs", [*owners, *([stated] if stated else [])])
    return Decision(ConversionState.MATCHED_BY_CODE, owners[0])


def _owners(record: OldRecord, directory: Directory) -> list[Known]:
    """Who has the codes of a record now, those in dispute included; former owners where nobody has them now."""
    found: dict[str, Known] = {}
    for code in record.codes:
        held = directory.owners.get((code.kind, code.value), ())
        standing = [one for one, status in held if status is not IdentifierStatus.FORMER]
        found |= {one.id: one for one in standing or [one for one, _ in held]}
    return list(found.values())


def _ambiguous(why: str, among: Sequence[Known]) -> Decision:
    usccs = tuple(sorted({one.uscc for one in among}))
    return Decision(ConversionState.AMBIGUOUS, why=why, candidates=usccs)
