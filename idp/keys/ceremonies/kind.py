"""What every kind of ceremony gives: a plan that officers sign, the act itself, and the facts for the record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from crypto.keys.handle import KeyProvider
from idp.audit.event import Place
from idp.errors import IdpError
from idp.keys.ceremonies import store
from idp.keys.models import RootForm
from idp.keys.rooted import OpenRoot
from idp.keys.statement import Officer, Statement, check_policy
from idp.storage.engine import Db

FINAL_REASONS: Final = frozenset({"outdated", "expired", "malformed", "policy", "changed"})
"""Refusals after which the same statement can never be carried out."""


class CeremonyRefused(IdpError):
    """A ceremony cannot be opened or carried out; `reason` is the machine word.

    unknown, not_open, initialised, no_device, no_officers, officers_needed, officer_known, officer_unknown, unprepared,
    row_damaged, changed, target, not_retired, file_needed, backup_malformed, backup_altered, backup_other_instance,
    backup_other_root, backup_newer, backup_quorum, no_differences, file_exists, too_many_days.
    """

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(f"ceremony.{reason}", reason, **values)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for when a ceremony was opened; each kind reads its own part."""

    officers: tuple[Officer, ...] = ()
    threshold: int | None = None
    leaving: str | None = None
    form: RootForm | None = None
    target: str | None = None
    file: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """What exactly is to be done, and by whose agreement."""

    what: Mapping[str, Any]
    officers: tuple[Officer, ...]
    threshold: int


@dataclass(frozen=True, slots=True)
class Done:
    """What was done: facts for the record, never key material; a file for the officers; a root key to hand on.

    `root` is the root key that is in force now, with which the instance signs the record; None where there is none.
    """

    facts: Mapping[str, Any]
    root: OpenRoot | None
    file: bytes | None = field(default=None, repr=False)
    is_handed_on: bool = False


class Destroyer(Protocol):
    """Destroys one key for good within the caller's transaction."""

    def __call__(self, db: Db, target: str, actor: str, place: Place) -> None:
        """`target` is `kid:…` or `data:purpose:version`. Raises an IdpError when it may not be destroyed now."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """What acts need of the instance; `open_root` opens the generation of a row by its own form."""

    instance: str
    open_root: Callable[[Db], OpenRoot]
    open_generation: Callable[[RootForm, int, bytes | None], bytes]
    destroy: Destroyer
    devices: Mapping[str, KeyProvider]
    device: KeyProvider | None = None
    root_file: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One carrying out: the statement that was agreed to, who does it, when."""

    statement: Statement
    actor: str
    place: Place
    now: datetime
    evidence: tuple[Mapping[str, object], ...] = ()
    file: bytes | None = field(default=None, repr=False)


class Kind(Protocol):
    """One kind of ceremony."""

    @property
    def name(self) -> str:
        """The word for it, as in `yihao key ceremony open`."""

    @property
    def founds(self) -> bool:
        """Whether it may be agreed to by the officers it brings in, where none is in office yet."""

    def plan(self, db: Db, wish: Wish, work: Workplace) -> Plan:
        """What officers are asked to sign. Raises CeremonyRefused."""

    def carry_out(self, db: Db, act: Act, work: Workplace) -> Done:
        """Do it, in the transaction in which the agreement was verified. Raises CeremonyRefused, CryptoError."""


def in_office(db: Db) -> tuple[tuple[Officer, ...], int]:
    """The officers in office and how many of them agree. Raises CeremonyRefused("no_officers")."""
    officers, root = store.list_officers(db), store.find_active_root(db)
    if not officers or root is None or not root.threshold:
        raise CeremonyRefused("no_officers")
    return officers, root.threshold


def fit_threshold(wanted: int | None, usual: int, officers: tuple[Officer, ...]) -> int:
    """How many are to agree from now on. Raises QuorumRefused("policy")."""
    threshold = usual if wanted is None else wanted
    check_policy(threshold, officers)
    return threshold
