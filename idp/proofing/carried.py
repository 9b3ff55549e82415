"""Evidence that persons bring along from the system they come from: written in bulk, by the file's own word."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from crypto.tokens import random_handle
from idp.accounts.making import BroughtProof
from idp.proofing.methods import Methods
from idp.proofing.models import EvidenceRow
from idp.storage import bulk
from idp.storage.base import table_of
from idp.storage.engine import Db

GRADE: Final = "B"
"""An old system's word on a check that it made; never the A of a check made here (国办函〔2016〕108号)."""
_evidence = table_of(EvidenceRow)
_COLUMNS: Final = (
    "id",
    "person_id",
    "method",
    "source",
    "level",
    "grade",
    "reference",
    "details",
    "obtained_at",
    "expires_at",
    "recorded_by",
)


class CarriedEvidence:
    """Keeps what the levels of persons stand on who bring them along."""

    def __init__(self, methods: Methods) -> None:
        self._methods = methods

    @property
    def methods(self) -> dict[str, int]:
        """The methods that a file may name, with the highest level that each carries."""
        return {one.key: one.level for one in self._methods.by_key.values()}

    def until(self, proof: BroughtProof, now: datetime) -> datetime | None:
        """Until when a proof carries its level; None where it has no end."""
        days = self._methods.by_key[proof.method].days
        return (proof.obtained_at or now) + timedelta(days=days) if days else None

    def add(self, db: Db, proofs: Sequence[tuple[str, int, BroughtProof]], actor: str, now: datetime) -> None:
        """Keep the proof of each (person id, level)."""
        rows: Iterator[tuple[object, ...]] = (
            (
                random_handle(),
                person_id,
                proof.method,
                proof.source,
                level,
                GRADE,
                proof.reference,
                {},
                proof.obtained_at or now,
                self.until(proof, now),
                actor,
            )
            for person_id, level, proof in proofs
        )
        bulk.insert(db, _evidence, _COLUMNS, rows)
