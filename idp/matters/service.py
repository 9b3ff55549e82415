"""The matter catalogue in every process, at most a second old, and its import as one piece."""

from idp.audit.event import Place
from idp.audit.service import Audit
from idp.clock import Clock, instant
from idp.identifiers.capacity import ALL
from idp.matters import store
from idp.matters.catalogue import Plan, plan
from idp.matters.events import MattersImported
from idp.matters.models import MatterState
from idp.matters.store import Matter
from idp.storage.engine import Sql
from idp.storage.stamps import Cached, Stamps

SCOPE_PREFIX = "matter:"
"""A client asks for a matter by the scope `matter:<code>`."""


class Matters:
    """Finds matters without a query on the way."""

    def __init__(self, sql: Sql, stamps: Stamps, clock: Clock, audit: Audit) -> None:
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._held: Cached[dict[str, Matter]] = Cached(stamps, store.STAMP, self._load)

    def find(self, code: str) -> Matter | None:
        """The active matter of this code, or None."""
        matter = self._held.value().get(code)
        return matter if matter is not None and matter.state is MatterState.ACTIVE else None

    def list_active(self) -> list[Matter]:
        """Every active matter, by code."""
        return [matter for matter in self._held.value().values() if matter.state is MatterState.ACTIVE]

    def list_all(self) -> list[Matter]:
        """Every matter, retired ones too."""
        return list(self._held.value().values())

    def least_level(self, codes: frozenset[str]) -> int:
        """The highest of the least levels of these matters; of all where `*` is among them. Unknown codes ask for none."""
        wanted = self.list_active() if ALL in codes else [self.find(code) for code in codes]
        return max((matter.level for matter in wanted if matter is not None), default=0)

    def least_aal(self, codes: frozenset[str]) -> int:
        """The highest of the least levels of sign-in of these matters."""
        found = [self.find(code) for code in codes]
        return max((matter.aal for matter in found if matter is not None), default=1)

    def label(self, scope: str, language: str) -> str | None:
        """What a scope that asks for a matter is called, or None for any other scope; a retired one by its code."""
        if not scope.startswith(SCOPE_PREFIX):
            return None
        code = scope.removeprefix(SCOPE_PREFIX)
        matter = self._held.value().get(code)
        return matter.name_in(language) if matter is not None else code

    def plan(self, wanted: list[Matter]) -> Plan:
        """What an import of these matters would do, against what stands now."""
        with self._sql.once() as db:
            return plan(store.list_all(db), wanted)

    def replace_all(self, wanted: list[Matter], actor: str, place: Place) -> Plan:
        """Make these the catalogue, all or nothing; what it did."""
        now = instant(self._clock)
        with self._sql.begin() as db:
            done = plan(store.list_all(db), wanted)
            store.add(db, done.added, now)
            store.change(db, (*done.changed, *done.retired), now)
            if done.differences:
                event = MattersImported(
                    actor=actor,
                    object="catalogue",
                    place=place,
                    added=len(done.added),
                    changed=len(done.changed),
                    retired=len(done.retired),
                )
                self._audit.append(db, event)
        return done

    def _load(self) -> dict[str, Matter]:
        with self._sql.once() as db:
            return {matter.code: matter for matter in store.list_all(db)}


def codes_of(scope: frozenset[str]) -> frozenset[str]:
    """The codes of the matters that a scope asks for."""
    return frozenset(each.removeprefix(SCOPE_PREFIX) for each in scope if each.startswith(SCOPE_PREFIX))
