"""Two rows that turn out to be one human: the older one lives on with all documents (NAT-01, NAT-03).

Proof on both sides is asked for: the owner signed in as one and proved, freshly, to be the other. The survivor keeps its
id, and with it every subject; the other row can never be used again, and applications that knew it meet the survivor.
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from idp.accounts.events import PersonsMerged
from idp.accounts.life.parts import Heir, Parts
from idp.accounts.models import ChangeKind, PersonState
from idp.accounts.store import Person
from idp.audit.event import Place
from idp.clock import instant
from idp.identifiers.person_name import PersonName
from idp.storage.engine import Db


class MergeRefused(StrEnum):
    """Why two rows were not made one."""

    ITSELF = "itself"
    NOT_ACTIVE = "not_active"
    OTHER_NAME = "other_name"
    TWO_RESIDENTS = "two_residents"


RESIDENT = "111"
"""GA/T 2000.156: a human has one resident number, so two rows with one each are two humans."""


class Merging:
    """Makes two rows one."""

    def __init__(self, parts: Parts, heirs: Sequence[Heir]) -> None:
        self._parts = parts
        self._heirs = heirs

    def merge(
        self, db: Db, one_id: str, other_id: str, evidence_id: str | None, actor: str, place: Place
    ) -> Person | MergeRefused:
        """Merge two persons, both proved by their owner; the survivor. Raises NotFound.

        Rows are held in the order of their ids, so that two merges of one pair never wait for each other.
        """
        if one_id == other_id:
            return MergeRefused.ITSELF
        rows = {each: self._parts.for_change(db, each) for each in sorted((one_id, other_id))}
        survivor, loser = sorted(rows.values(), key=lambda row: (row.created_at, row.id))
        fault = _fault(survivor, loser)
        if fault is not None:
            return fault
        now = instant(self._parts.clock)
        self._parts.gone(db, loser.id, "person_merged", actor, place)
        self._parts.store.move_documents(db, loser.id, survivor.id)
        self._parts.store.wipe(db, loser.id, PersonState.MERGED, now)
        emptied = self._parts.for_change(db, loser.id)
        self._parts.store.restore(db, replace(emptied, merged_into=survivor.id))
        kept = replace(
            survivor,
            mobile=survivor.mobile or loser.mobile,
            mobile_verified_at=survivor.mobile_verified_at if survivor.mobile else loser.mobile_verified_at,
            level=max(survivor.level, loser.level),
            updated_at=now,
            version=survivor.version + 1,
        )
        self._parts.store.restore(db, kept)
        for heir in self._heirs:
            heir.person_merged(db, loser.id, survivor.id)
        self._parts.note(
            db, survivor.id, ChangeKind.MERGED, "owner", actor, loser.id, survivor.id, evidence_id
        )
        event = PersonsMerged(actor=actor, object=survivor.id, place=place, merged=loser.id)
        self._parts.audit.append(db, event)
        return self._parts.for_change(db, survivor.id)


def _fault(survivor: Person, loser: Person) -> MergeRefused | None:
    if survivor.state is not PersonState.ACTIVE or loser.state is not PersonState.ACTIVE:
        return MergeRefused.NOT_ACTIVE
    if PersonName(survivor.name).comparison != PersonName(loser.name).comparison:
        return MergeRefused.OTHER_NAME
    if survivor.id_kind == loser.id_kind == RESIDENT:
        return MergeRefused.TWO_RESIDENTS
    return None
