"""Working off the queue: an officer says whose an old record is, or that it is nobody's."""

from collections.abc import Sequence

from idp.audit.event import Place
from idp.audit.service import Audit
from idp.clock import Clock, instant
from idp.conversion.attaching import Attaching, fresh_codes
from idp.conversion.deciding import Known, OldRecord
from idp.conversion.events import ItemDecided
from idp.conversion.models import ConversionState, ItemState
from idp.conversion.store import ConversionStore, Item
from idp.errors import Conflict, NotFound
from idp.identifiers.uscc import parse_uscc
from idp.organisations.codes import TypedCode
from idp.organisations.models import IdentifierStatus
from idp.organisations.service import Organisations
from idp.organisations.store import OrganisationStore
from idp.storage.engine import Db


class Queue:
    """Lists and decides."""

    def __init__(
        self,
        clock: Clock,
        audit: Audit,
        store: ConversionStore,
        organisations: Organisations,
        organisation_store: OrganisationStore,
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._store = store
        self._organisations = organisations
        self._organisation_store = organisation_store
        self._attaching = Attaching(clock, organisation_store)

    def list_open(self, db: Db, state: ConversionState | None, after: str, limit: int) -> list[Item]:
        """Items that wait, by id, from behind `after` on."""
        return self._store.list_open(db, state, after, limit)

    def count_open(self, db: Db) -> dict[ConversionState, int]:
        """How many wait, by state."""
        return self._store.count_open(db)

    def settle(self, db: Db, item_id: str, uscc: str, why: str, actor: str, place: Place) -> Known:
        """Give the codes of an item to an organisation; with whoever had one of them it becomes former.

        Raises IdentifierRejected for no unified code, NotFound `conversion.unknown` or `organisation.unknown`, Conflict
        `conversion.decided` or `conversion.bad_code`: a code that does not hold is nobody's.
        """
        item = self._open_item(db, item_id)
        if item.state is ConversionState.BAD_CHECKSUM:
            raise Conflict("conversion.bad_code", "a code that does not hold")
        one = self._organisations.find_by_uscc(db, parse_uscc(uscc).value)
        if one is None:
            raise NotFound("organisation.unknown", "no such organisation")
        to = Known(one.id, one.uscc, one.name, one.status)
        self._decide(db, item, to.uscc, why, actor)
        self._end_others(db, item.codes, to)
        record = OldRecord(item.codes, item.name, None)
        standing = self._store.list_standing(db, [to.id]).get(to.id, {})
        fresh = fresh_codes(record, standing, self._store.key_of)
        if fresh:
            given = self._attaching.attachment(to, fresh, fresh, item.state, actor, place)
            self._organisation_store.add_rows(db, [], given.identifiers, [given.change])
            self._audit.append(db, given.event)
        self._audit.append(db, ItemDecided(actor=actor, object=item.id, place=place, organisation=to.id))
        return to

    def dismiss(self, db: Db, item_id: str, why: str, actor: str, place: Place) -> None:
        """The record is nobody's; it waits no more, also when it is read again. Raises as `settle`."""
        item = self._open_item(db, item_id)
        self._decide(db, item, None, why, actor)
        self._audit.append(db, ItemDecided(actor=actor, object=item.id, place=place, organisation=""))

    def _end_others(self, db: Db, codes: Sequence[TypedCode], to: Known) -> None:
        """Codes that others have become former there; one that was in dispute is no more."""
        store, now = self._organisation_store, instant(self._clock)
        held = [
            one
            for code in codes
            if code.kind is not None
            for one in store.list_by_value(db, code.kind, code.value, code.is_personal)
        ]
        for one in held:
            if one.organisation_id != to.id and one.status is not IdentifierStatus.FORMER:
                store.change_identifier(db, one.id, IdentifierStatus.FORMER, now)
        for one in held:
            if one.organisation_id == to.id and one.status is IdentifierStatus.DISPUTED:
                store.change_identifier(db, one.id, IdentifierStatus.ACTIVE, None)

    def _open_item(self, db: Db, item_id: str) -> Item:
        item = self._store.find(db, item_id)
        if item is None:
            raise NotFound("conversion.unknown", "no such item")
        if item.item_state is not ItemState.OPEN:
            raise Conflict("conversion.decided", "decided already")
        return item

    def _decide(self, db: Db, item: Item, uscc: str | None, why: str, actor: str) -> None:
        if not self._store.decide(db, item.id, uscc, actor, why, instant(self._clock)):
            raise Conflict("conversion.decided", "decided meanwhile")
