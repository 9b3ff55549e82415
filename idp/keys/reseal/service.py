"""Everything that is to be made anew now: by the command at full speed, by the job in slices."""

from collections.abc import Callable, Sequence
from time import monotonic

from crypto.lookup import Lookup
from crypto.seal import Sealer
from idp.audit.service import Audit
from idp.clock import Clock
from idp.errors import Conflict
from idp.keys.data.rings import DataRings
from idp.keys.reseal.digests import PURPOSE as LOOKUP
from idp.keys.reseal.digests import SecondDigests
from idp.keys.reseal.sealing import SealAnew
from idp.keys.reseal.walk import Progress, Walk, Work
from idp.observe.log import logger
from idp.storage.engine import Sql
from idp.storage.sealed import DigestedTable, SealedTable

SEAL = "seal"

_log = logger(__name__)


class Reseal:
    """Brings all rows under the active sealing key and the newest look-up key. Any number may work at once."""

    def __init__(
        self,
        sql: Sql,
        clock: Clock,
        audit: Audit,
        rings: DataRings,
        sealer: Sealer,
        lookup: Lookup,
        sealed: Sequence[SealedTable],
        digested: Sequence[DigestedTable],
    ) -> None:
        """`sealer` and `lookup` follow the rings; the tables are all that their keys stand behind."""
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._rings = rings
        self._sealer = sealer
        self._lookup = lookup
        self._sealed = sealed
        self._digested = digested
        self._walks: dict[tuple[str, int], Walk] = {}

    def run(self, is_stopped: Callable[[], bool], tell: Callable[[Progress], None]) -> list[Progress]:
        """Walk every table that needs it to its end; how far each has come.

        `is_stopped` is asked after every step, `tell` hears of every step. Raises Unavailable and Conflict as steps do.
        """
        reached = []
        for walk in self._all():
            progress = walk.progress()
            if not is_stopped() and walk.is_needed():
                progress = self._walk(walk, is_stopped, tell)
            reached.append(progress)
        return reached

    def run_for(self, seconds: float) -> int:
        """Go on with what was not ended for about so many seconds; how many rows were seen."""
        until, rows = monotonic() + seconds, 0
        for walk in self._all():
            progress = walk.progress()
            while not progress.is_ended and monotonic() < until:
                before = progress.done
                try:
                    progress = walk.step()
                except Conflict as conflict:
                    # The key went on: the next look sees what is to be done then.
                    _log.info("reseal.over", version=progress.version, detail=conflict.detail)
                    break
                rows += max(progress.done - before, 0)
        return rows

    def renew(self) -> None:
        """Begin anew the walks that ended while rows were still written under another version."""
        for walk in self._all():
            if walk.progress().is_ended and walk.is_needed():
                walk.step()

    def _walk(self, walk: Walk, is_stopped: Callable[[], bool], tell: Callable[[Progress], None]) -> Progress:
        progress = walk.step()
        tell(progress)
        while not (progress.is_ended or is_stopped()):
            progress = walk.step()
            tell(progress)
        return progress

    def _all(self) -> list[Walk]:
        """The walks of the present rings: none where only one version is live."""
        works: list[Work] = []
        seal, lookup = self._rings.ring(SEAL), self._rings.ring(LOOKUP)
        if len(seal.keys) > 1:
            works += [SealAnew(self._sealer, table, seal.current) for table in self._sealed]
        if len(lookup.keys) > 1:
            newest = max(lookup.keys)
            works += [SecondDigests(self._sealer, self._lookup, table, newest) for table in self._digested]
        return [self._kept(work) for work in works]

    def _kept(self, work: Work) -> Walk:
        """The walk of a work, the same one each time: it remembers which rows it told of."""
        key = (work.name, work.version)
        if key not in self._walks:
            self._walks[key] = Walk(self._sql, self._clock, self._audit, work)
        return self._walks[key]
