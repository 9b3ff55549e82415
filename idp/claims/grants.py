"""Which claim is approved for which application, now: field by field, with its ground and its end (ONB-03, PRI-01)."""

from collections import defaultdict

from idp.audit.event import Place
from idp.audit.service import Audit
from idp.claims import store
from idp.claims.events import ClaimEnded, ClaimGranted
from idp.claims.store import Grant
from idp.clock import Clock, instant
from idp.storage.engine import Db, Sql
from idp.storage.stamps import Cached, Stamps


class Grants:
    """Finds grants without a query on the way, at most a second old; changes them with their events."""

    def __init__(self, sql: Sql, stamps: Stamps, clock: Clock, audit: Audit) -> None:
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._held: Cached[dict[str, tuple[Grant, ...]]] = Cached(stamps, store.STAMP, self._load)

    def standing(self, application_id: str) -> frozenset[str]:
        """The names of the claims that are approved for an application at this moment."""
        now = instant(self._clock)
        held = self._held.value().get(application_id, ())
        return frozenset(grant.claim for grant in held if grant.stands_at(now))

    def list_all(self, db: Db) -> list[Grant]:
        """Every grant, those that are over too, as they stand in the store."""
        return store.list_grants(db)

    def grant(self, db: Db, grant: Grant, place: Place) -> None:
        """Approve a claim for an application, in place of an earlier approval."""
        store.put_grant(db, grant)
        event = ClaimGranted(
            actor=grant.granted_by,
            object=f"application:{grant.application_id}",
            place=place,
            claim=grant.claim,
            legal_basis=grant.legal_basis,
            purpose=grant.purpose,
            until=grant.expires_at.isoformat() if grant.expires_at else None,
        )
        self._audit.append(db, event)

    def end(self, db: Db, application_id: str, claim: str, actor: str, place: Place) -> bool:
        """End an approval: from the next second on the claim does not leave. False when none stood."""
        if not store.end_grant(db, application_id, claim, instant(self._clock)):
            return False
        event = ClaimEnded(actor=actor, object=f"application:{application_id}", place=place, claim=claim)
        self._audit.append(db, event)
        return True

    def _load(self) -> dict[str, tuple[Grant, ...]]:
        found: dict[str, list[Grant]] = defaultdict(list)
        with self._sql.once() as db:
            for grant in store.list_grants(db):
                found[grant.application_id].append(grant)
        return {application_id: tuple(grants) for application_id, grants in found.items()}
