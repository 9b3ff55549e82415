"""Giving old codes to an organisation: the rows, the change for the publication and the event, alone or for many."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from idp.audit.event import Place
from idp.clock import Clock, instant
from idp.conversion.deciding import Known, OldRecord
from idp.conversion.events import CodesAttached
from idp.conversion.models import ConversionState
from idp.organisations.codes import TypedCode
from idp.organisations.models import IdentifierKind
from idp.organisations.store import OrganisationStore, new_identifier

SOURCE: Final = "conversion"
Standing = dict[IdentifierKind, dict[str, bool]]
"""What an organisation has or had, by kind and in the form of `ConversionStore.key_of`: whether it has it now."""


@dataclass(frozen=True, slots=True, repr=False)
class Attachment:
    """Everything that is written of an organisation that is given codes."""

    identifiers: tuple[dict[str, Any], ...]
    change: dict[str, Any]
    event: CodesAttached

    def __repr__(self) -> str:
        return "Attachment(…)"


def fresh_codes(record: OldRecord, standing: Standing, key_of: Callable[[TypedCode], str]) -> list[TypedCode]:
    """The codes of a record that an organisation does not have yet; `key_of` gives the form in which `standing` has them."""
    return [code for code in record.codes if code.kind and key_of(code) not in standing.get(code.kind, ())]


def is_second(fresh: Sequence[TypedCode], standing: Standing) -> bool:
    """Whether an organisation has another code of a kind now: then two old records claim one unified code."""
    return any(code.kind is not None and any(standing.get(code.kind, {}).values()) for code in fresh)


class Attaching:
    """Makes what is written."""

    def __init__(self, clock: Clock, store: OrganisationStore) -> None:
        self._clock = clock
        self._store = store

    def attachment(
        self,
        to: Known,
        codes: Sequence[TypedCode],
        told: Sequence[TypedCode],
        state: ConversionState,
        actor: str,
        place: Place,
    ) -> Attachment:
        """What gives `codes` to an organisation and tells of `told`: in the change every old code but a person's number."""
        now = instant(self._clock)
        kinds = [code.kind for code in told if code.kind is not None]
        public = [{"kind": str(code.kind), "value": code.value} for code in told if not code.is_personal]
        return Attachment(
            tuple(self._identifier(to.id, code, now) for code in codes),
            {
                "organisation_id": to.id,
                "kind": "converted",
                "details": {"uscc": to.uscc, "name": to.name, "status": to.status.value, "old": public},
                "source": SOURCE,
                "actor": actor,
                "at": now,
            },
            CodesAttached(actor=actor, object=to.id, place=place, kinds=",".join(kinds), state=state.value),
        )

    def _identifier(self, organisation_id: str, code: TypedCode, now: datetime) -> dict[str, Any]:
        if code.kind is None:
            raise ValueError("not an old code")
        one = new_identifier(organisation_id, code.kind, code.value, code.is_personal, SOURCE, now)
        return self._store.identifier_row(one)
