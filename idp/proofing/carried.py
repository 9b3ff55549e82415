"""Evidence that persons bring along from the system they come from: written in bulk, by the file's own word."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Protocol

from crypto.tokens import random_handle
from idp.proofing.models import EvidenceRow
from idp.storage import bulk
from idp.storage.base import table_of
from idp.storage.engine import Db

CARRIED_OVER: Final = "carried_over"
GRADE: Final = "B"
"""An old system's word on a check that it made; never the A of a check made here (国办函〔2016〕108号)."""
METHODS: Final[Mapping[str, int]] = MappingProxyType(
    {
        CARRIED_OVER: 3,
        "population_register": 1,
        "mobile_operator": 1,
        "bank_card": 2,
        "network_identity": 2,
        "face": 2,
        "hall": 3,
    }
)
"""Methods that a file may name, with the highest level that each carries."""
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
    "recorded_by",
)


class Proof(Protocol):
    """What a file says about one person's proof."""

    @property
    def method(self) -> str:
        """One of METHODS."""
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
        """When, where the file tells."""
        ...


class CarriedEvidence:
    """Keeps what the levels of imported persons stand on."""

    @property
    def methods(self) -> dict[str, int]:
        """The methods that a file may name, with the highest level that each carries."""
        return dict(METHODS)

    def add(self, db: Db, proofs: Sequence[tuple[str, int, Proof]], actor: str, now: datetime) -> None:
        """Keep the proof of each (person id, level)."""
        bulk.insert(db, _evidence, _COLUMNS, (_row(*each, actor, now) for each in proofs))


def _row(person_id: str, level: int, proof: Proof, actor: str, now: datetime) -> tuple[Any, ...]:
    at = proof.obtained_at or now
    return (
        random_handle(),
        person_id,
        proof.method,
        proof.source,
        level,
        GRADE,
        proof.reference,
        {},
        at,
        actor,
    )
