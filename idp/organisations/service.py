"""Organisations: found by any code they ever had, kept as the register says, frozen and thawed.

::

    registered ⇄ abnormal ──register──▶ revoked ──▶ deregistered        people act while it is one of the first two
         └──register──▶ merged into another                             and `frozen_for` is empty
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from crypto.tokens import random_handle
from idp.audit.event import Place
from idp.audit.service import Audit
from idp.clock import Clock, instant, today
from idp.errors import Conflict, NotFound
from idp.identifiers.uscc import Uscc
from idp.organisations.codes import TypedCode, readings, typed
from idp.organisations.events import OrganisationAdded, OrganisationChanged, OrganisationHeld
from idp.organisations.models import IdentifierKind, IdentifierStatus
from idp.organisations.port import RegisterFacts
from idp.organisations.rules import has_other_representative, kind_of, read_only_until
from idp.organisations.store import Identifier, Organisation, OrganisationStore, new_identifier
from idp.storage.engine import Db

PARENTS = 16
"""Steps that are gone up a line of parents; a line that is longer is a mistake."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The organisation behind a code as typed; `old_kind` names the older identifier, None for the unified code."""

    organisation: Organisation
    old_kind: IdentifierKind | None


class OrganisationListener(Protocol):
    """A part that must follow when an organisation changes, in the transaction that changes it."""

    def organisation_changed(
        self, db: Db, before: Organisation, after: Organisation, actor: str, place: Place
    ) -> None:
        """The organisation stood as `before` and now stands as `after`."""
        ...


class Organisations:
    """All acts on organisations but claims and conversion."""

    def __init__(
        self, clock: Clock, audit: Audit, store: OrganisationStore, listeners: Sequence[OrganisationListener]
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._store = store
        self._listeners = listeners

    def find(self, db: Db, organisation_id: str) -> Organisation | None:
        """The organisation of this id, or None."""
        return self._store.find(db, organisation_id)

    def find_by_uscc(self, db: Db, uscc: str) -> Organisation | None:
        """The organisation of this unified code, or None."""
        return self._store.find_by_uscc(db, uscc)

    def identifiers(self, db: Db, organisation_id: str) -> list[Identifier]:
        """Every identifier beside the unified code, former ones too."""
        return self._store.list_identifiers(db, organisation_id)

    def resolve(self, db: Db, text: str) -> Resolved | None:
        """The organisation that a code stands for, old codes included, or None. Raises IdentifierRejected for no code.

        An old code that stands for several organisations resolves to none of them.
        """
        for code in readings(text, today(self._clock)):
            found = self._owners(db, code)
            if len(found) == 1:
                return Resolved(found[0], code.kind)
        return None

    def apply(self, db: Db, facts: RegisterFacts, source: str, actor: str, place: Place) -> Organisation:
        """Add an organisation or bring it up to what the register says; its parts follow in this transaction.

        Raises Conflict `organisation.parent_circle`, or Conflict at the transaction's door when two came at once.
        """
        known = self._store.find_by_uscc(db, facts.uscc)
        before = self._store.find_for_change(db, known.id) if known is not None else None
        after = self._told(db, before, facts)
        if before is None:
            self._store.add(db, [after])
            self._note(db, after, ["new"], source, actor)
            self._audit.append(
                db, OrganisationAdded(actor=actor, object=after.id, place=place, source=source)
            )
        self._put_identifiers(db, after, facts, source)
        if before is None:
            return after
        kinds = _differences(before, after)
        self._store.put(db, after if kinds else replace(before, checked_at=after.checked_at))
        if not kinds:
            return before
        self._note(db, after, kinds, source, actor)
        event = OrganisationChanged(
            actor=actor,
            object=after.id,
            place=place,
            kinds=",".join(kinds),
            source=source,
            version=after.version,
        )
        self._audit.append(db, event)
        self._tell(db, before, after, actor, place)
        return after

    def freeze(self, db: Db, organisation_id: str, why: str, actor: str, place: Place) -> Organisation:
        """Let nobody act for an organisation: dispute, handover, court. Raises NotFound."""
        return self._hold(db, organisation_id, why, actor, place)

    def thaw(self, db: Db, organisation_id: str, actor: str, place: Place) -> Organisation:
        """Let people act again. Raises NotFound."""
        return self._hold(db, organisation_id, None, actor, place)

    def _hold(self, db: Db, organisation_id: str, why: str | None, actor: str, place: Place) -> Organisation:
        before = self._store.find_for_change(db, organisation_id)
        if before is None:
            raise NotFound("organisation.unknown", "no such organisation")
        if before.frozen_for == why:
            return before
        after = replace(before, frozen_for=why, version=before.version + 1, updated_at=instant(self._clock))
        self._store.put(db, after)
        event = OrganisationHeld(actor=actor, object=after.id, place=place, why=why or "")
        self._audit.append(db, event)
        self._tell(db, before, after, actor, place)
        return after

    def described(
        self,
        before: Organisation | None,
        facts: RegisterFacts,
        parent: Organisation | None,
        merged_into: Organisation | None,
    ) -> Organisation:
        """The organisation as the register describes it, new with a fresh id where it was not there before."""
        now = instant(self._clock)
        uscc = Uscc(facts.uscc)
        base = before or Organisation(
            random_handle(),
            uscc.value,
            facts.name,
            kind_of(uscc),
            facts.status,
            uscc.value[2:8],
            now,
            now,
            version=0,
        )
        until = read_only_until(before.status if before else None, facts.status, now)
        return replace(
            base,
            name=facts.name,
            kind=facts.kind,
            status=facts.status,
            region=facts.region or base.region,
            authority=facts.authority or base.authority,
            representative_name=facts.representative_name,
            representative_kind=facts.representative_kind,
            representative_number=facts.representative_number,
            parent_id=_id_of(parent),
            merged_into=_id_of(merged_into) or base.merged_into,
            read_only_until=until or base.read_only_until,
            checked_at=now,
            updated_at=now,
            version=base.version + 1,
        )

    def change(self, after: Organisation, kind: str, source: str, actor: str) -> dict[str, Any]:
        """The columns of a change, as the publication takes them up."""
        return {
            "organisation_id": after.id,
            "kind": kind,
            "details": {
                "uscc": after.uscc,
                "name": after.name,
                "status": after.status.value,
                "version": after.version,
            },
            "source": source,
            "actor": actor,
            "at": instant(self._clock),
        }

    def _told(self, db: Db, before: Organisation | None, facts: RegisterFacts) -> Organisation:
        """The organisation as the register describes it, with those that it names."""
        parent = self._related(db, facts.parent_uscc)
        after = self.described(before, facts, parent, self._related(db, facts.merged_into_uscc))
        self._refuse_circle(db, after.id, parent)
        return after

    def _related(self, db: Db, uscc: str | None) -> Organisation | None:
        return self._store.find_by_uscc(db, uscc) if uscc else None

    def _refuse_circle(self, db: Db, organisation_id: str, parent: Organisation | None) -> None:
        for _ in range(PARENTS):
            if parent is None:
                return
            if parent.id == organisation_id:
                break
            parent = self._store.find(db, parent.parent_id) if parent.parent_id else None
        raise Conflict("organisation.parent_circle", "an organisation stands above itself")

    def _put_identifiers(self, db: Db, after: Organisation, facts: RegisterFacts, source: str) -> None:
        """Keep the old identifiers that the register names; one that it gives to somebody else now is former here."""
        now, day = instant(self._clock), today(self._clock)
        have = {(one.kind, one.value) for one in self._store.list_identifiers(db, after.id)}
        fresh = []
        for kind, text in facts.identifiers:
            code = typed(kind, text, day)
            if (kind, code.value) in have:
                continue
            for other in self._store.list_by_value(db, kind, code.value, code.is_personal):
                if other.status is IdentifierStatus.ACTIVE:
                    self._store.change_identifier(db, other.id, IdentifierStatus.DISPUTED, None)
            fresh.append(new_identifier(after.id, kind, code.value, code.is_personal, source, now))
        self._store.add_identifiers(db, fresh)

    def _owners(self, db: Db, code: TypedCode) -> list[Organisation]:
        if code.kind is None:
            found = self._store.find_by_uscc(db, code.value)
            return [found] if found else []
        owners = self._store.list_by_value(db, code.kind, code.value, code.is_personal)
        standing = [one for one in owners if one.status is IdentifierStatus.ACTIVE] or owners
        ids = list(dict.fromkeys(one.organisation_id for one in standing))
        return list(self._store.list_of(db, ids).values())

    def _note(self, db: Db, after: Organisation, kinds: Sequence[str], source: str, actor: str) -> None:
        rows = [self.change(after, kind, source, actor) for kind in kinds]
        self._store.add_changes(db, rows)

    def _tell(self, db: Db, before: Organisation, after: Organisation, actor: str, place: Place) -> None:
        for listener in self._listeners:
            listener.organisation_changed(db, before, after, actor, place)


def _differences(before: Organisation, after: Organisation) -> list[str]:
    """What changed, by the names that the change feed uses."""
    kinds = []
    if before.name != after.name:
        kinds.append("renamed")
    if before.status != after.status:
        kinds.append("status")
    if has_other_representative(before, after) or (
        before.representative_number is None and after.representative_number is not None
    ):
        kinds.append("representative")
    if before.representative_name != after.representative_name and "representative" not in kinds:
        kinds.append("representative_name")
    facts = ("kind", "region", "authority", "parent_id", "merged_into")
    if any(getattr(before, name) != getattr(after, name) for name in facts):
        kinds.append("facts")
    return kinds


def _id_of(organisation: Organisation | None) -> str | None:
    return organisation.id if organisation else None
