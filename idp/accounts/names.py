"""Masked names for pages."""

from idp.accounts.store import PersonStore
from idp.identifiers.masking import mask_name
from idp.storage.engine import Sql


class MaskedNames:
    """Gives the masked name of a person."""

    def __init__(self, sql: Sql, persons: PersonStore) -> None:
        self._sql = sql
        self._persons = persons

    def of(self, person_id: str) -> str:
        """The masked name, or an empty text when there is no such person."""
        with self._sql.once() as db:
            person = self._persons.find(db, person_id)
        return mask_name(person.name) if person else ""
