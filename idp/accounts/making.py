"""Making the row of a new person, and what gives it a first password."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from crypto.tokens import random_handle
from idp.accounts.models import PersonState
from idp.accounts.new_person import ValidPerson
from idp.accounts.store import Person
from idp.storage.engine import Db


class Passwords(Protocol):
    """Gives persons their first password; implemented by `authenticators/password.py`."""

    def enrol(self, db: Db, passwords: list[tuple[str, str]], now: datetime) -> None:
        """Hash and keep the password of each (person id, password)."""
        ...


class BroughtProof(Protocol):
    """What a level stands on that somebody brings along."""

    @property
    def method(self) -> str:
        """A method of proofing."""
        ...

    @property
    def source(self) -> str:
        """Who vouched."""
        ...

    @property
    def reference(self) -> str:
        """The source's own number of the check."""
        ...

    @property
    def obtained_at(self) -> datetime | None:
        """When, where that is known."""
        ...


class BroughtEvidence(Protocol):
    """Keeps what the levels of persons stand on who bring them along; implemented by `proofing/carried.py`."""

    @property
    def methods(self) -> dict[str, int]:
        """The methods of proof that can be named, with the highest level that each carries."""
        ...

    def until(self, proof: BroughtProof, now: datetime) -> datetime | None:
        """Until when a proof carries its level; None where it has no end."""
        ...

    def add(self, db: Db, proofs: Sequence[tuple[str, int, BroughtProof]], actor: str, now: datetime) -> None:
        """Keep the proof of each (person id, level)."""
        ...


def person_row(valid: ValidPerson, now: datetime) -> Person:
    """A new, active person with a fresh id."""
    return Person(
        id=random_handle(),
        id_kind=valid.id_kind,
        id_number=valid.id_number,
        name=valid.name,
        mobile=valid.mobile,
        level=valid.level,
        state=PersonState.ACTIVE,
        created_at=now,
        updated_at=now,
    )
