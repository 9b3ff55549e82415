"""Reading persons from the rows of a file."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

from crypto import foreign_passwords
from crypto.foreign_passwords import ForeignHash
from idp.accounts.new_person import NewPerson, ValidPerson, validate
from idp.accounts.problems import FIELD_WORDS, Problem
from idp.clock import CHINA
from idp.importing import table_file
from idp.importing.table_file import Columns, Row, TableFile

COLUMNS: Final[Columns] = {field: words for field, words in FIELD_WORDS.items() if field != "row"}
REQUIRED: Final = ("name", "id_number")
CARRIED_OVER: Final = "carried_over"
"""The method of proof where the file names none."""
LONGEST_SOURCE: Final = 48
LONGEST_REFERENCE: Final = 64


@dataclass(frozen=True, slots=True)
class Proof:
    """What a level stands on: method, who vouched, the source's number of the check, and when."""

    method: str
    source: str
    reference: str
    obtained_at: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class ReadPerson:
    """A person as a row has it, every field canonical."""

    valid: ValidPerson
    password_hash: ForeignHash | None
    proof: Proof

    def __repr__(self) -> str:
        return "ReadPerson(…)"


def opened(path: Path) -> AbstractContextManager[TableFile]:
    """Open a file of persons; raises as `table_file.opened`."""
    return table_file.opened(path, COLUMNS, REQUIRED)


def read_person(
    file: TableFile, row: Row, methods: dict[str, int], now: datetime
) -> ReadPerson | list[Problem]:
    """The person of a row, or every problem there is, by field. `methods` gives the highest level that each method of
    proof carries.
    """
    new = _new_person(file, row)
    valid = validate(new, now.astimezone(CHINA).date())
    problems = list(valid) if isinstance(valid, list) else []
    foreign = _password_hash(file.cell(row, "password_hash").strip(), new, problems)
    proof = _proof(file, row, now, problems)
    highest = methods.get(proof.method)
    if highest is None:
        problems.append(Problem("proof_method", "proof.method"))
    elif new.level > highest:
        problems.append(Problem("level", "proof.level"))
    if problems or isinstance(valid, list):
        return problems
    return ReadPerson(valid, foreign, proof)


def _new_person(file: TableFile, row: Row) -> NewPerson:
    level = file.cell(row, "level").strip() or "0"
    return NewPerson(
        id_number=file.cell(row, "id_number").strip(),
        name=file.cell(row, "name").strip(),
        mobile=file.cell(row, "mobile").strip() or None,
        level=int(level) if level in {"0", "1", "2", "3"} else -1,
        password=file.cell(row, "password") or None,
        id_kind=file.cell(row, "id_kind").strip() or None,
    )


def _password_hash(text: str, new: NewPerson, problems: list[Problem]) -> ForeignHash | None:
    if not text:
        return None
    if new.password:
        problems.append(Problem("password_hash", "password.both"))
    try:
        return foreign_passwords.parse(text)
    except ValueError:
        problems.append(Problem("password_hash", "password.hash"))
    return None


def _proof(file: TableFile, row: Row, now: datetime, problems: list[Problem]) -> Proof:
    cells = {name: file.cell(row, name).strip() for name in ("proof_source", "proof_reference", "proof_at")}
    for name, longest in (("proof_source", LONGEST_SOURCE), ("proof_reference", LONGEST_REFERENCE)):
        if len(cells[name]) > longest or not (cells[name].isprintable()):
            problems.append(Problem(name, "proof.text"))
    at = None
    if cells["proof_at"]:
        at = _instant(cells["proof_at"])
        if at is None or at > now:
            problems.append(Problem("proof_at", "proof.time"))
    method = file.cell(row, "proof_method").strip() or CARRIED_OVER
    return Proof(method, cells["proof_source"] or "import", cells["proof_reference"], at)


def _instant(text: str) -> datetime | None:
    """A date, which begins in China, or an instant with its offset."""
    try:
        if len(text) == len("2024-05-31"):
            return datetime.combine(date.fromisoformat(text), time(), CHINA).astimezone(UTC)
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo is not None else None
