"""Making the row of a new person, and what gives it a first password."""

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
