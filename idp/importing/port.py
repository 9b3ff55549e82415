"""What one kind of import is to the engine: how it reads rows, and how it writes them."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from idp.audit.event import Event, Place
from idp.importing.problems import Problem, Vocabulary
from idp.importing.report import ImportReport
from idp.importing.table_file import Row, TableFile
from idp.storage.engine import Db

T = TypeVar("T")
P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class ImportRun:
    """One run over one file: who runs it from where, whether it writes, and how it hears and tells of its way.

    `is_stopped` is asked after every batch; `tell` gets the line that was reached.
    """

    actor: str
    place: Place
    is_dry: bool
    is_stopped: Callable[[], bool]
    tell: Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A row that holds by itself. `once` are the fields whose values stand once in a file, with their digests."""

    row: Row
    value: T
    once: tuple[tuple[str, bytes], ...] = ()


@dataclass(slots=True)
class Outcome:
    """What became of the rows of one batch; it counts only once the batch stands. `tally` counts what one kind of
    import tells beside.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[tuple[Row, Sequence[Problem]]] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)

    def refuse(self, row: Row, *problems: Problem) -> None:
        """The row is refused for these."""
        self.refused.append((row, problems))

    def add(self, other: "Outcome") -> None:
        """Take up what became of others."""
        self.added += other.added
        self.changed += other.changed
        self.unchanged += other.unchanged
        self.refused += other.refused
        self.tally += other.tally


class Importing(Protocol[T, P]):
    """What one kind of import does with rows."""

    @property
    def kind(self) -> str:
        """Its name in the journal."""
        ...

    @property
    def is_ordered(self) -> bool:
        """Whether a row may build on earlier rows of the file: then a batch is read once the one before it stands."""
        ...

    @property
    def vocabulary(self) -> Vocabulary:
        """How it speaks of rows."""
        ...

    def read(self, file: TableFile, row: Row) -> Entry[T] | list[Problem]:
        """What a readable row says, or everything that is wrong with it."""
        ...

    def sift(self, db: Db, entries: Sequence[Entry[T]], outcome: Outcome) -> list[Entry[T]]:
        """Those that are to be written; the others are counted or refused."""
        ...

    def foresee(self, entries: Sequence[Entry[T]], outcome: Outcome) -> None:
        """Count what writing these would come to, where nothing is written."""
        ...

    def prepare(self, entries: Sequence[Entry[T]], now: datetime) -> list[P]:
        """Everything slow, outside a transaction: sealing, hashing."""
        ...

    def write(self, db: Db, prepared: Sequence[P], run: ImportRun, outcome: Outcome) -> None:
        """Write them all and count them. Raises Conflict, here or at the transaction's door, when one cannot stand."""
        ...

    def ended(self, run: ImportRun, report: ImportReport) -> Event:
        """What is told of a run that wrote."""
        ...
