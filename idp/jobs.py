"""Periodic jobs: one node runs each of them at a time, and once per interval for all nodes together."""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from crypto.tokens import random_token
from idp.clock import Clock, instant
from idp.errors import Conflict, IdpError
from idp.observe.log import logger
from idp.observe.metrics import Metrics
from idp.storage.base import table_of
from idp.storage.engine import Sql
from idp.storage.models import JobLeaseRow

LEASE_SECONDS = 60.0
RENEW_SECONDS = LEASE_SECONDS / 3
RETRY_SECONDS = 10.0
LONGEST_SLEEP = 5.0

_lease = table_of(JobLeaseRow)
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Work to be done every so many seconds; `run` gives how many things it handled and may be repeated."""

    name: str
    every_seconds: float
    run: Callable[[], int]


class Worker:
    """The loop behind `yihao worker`; of several nodes a lease row decides who works.

    ::

        free ──take──▶ held until +60 s ──renew every 20 s──▶ held ──run ended──▶ free from the next due time
                            └──node dies──▶ free after at most 60 s

    A job that raises is logged and counted, and comes again at its next time; the others are not touched.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        sql: Sql,
        clock: Clock,
        stop: threading.Event,
        metrics: Metrics | None = None,
    ) -> None:
        self._jobs = jobs
        self._leases = _Leases(sql, clock)
        self._clock = clock
        self._stop = stop
        self._metrics = metrics
        self._due = dict.fromkeys((job.name for job in jobs), float("-inf"))

    def run(self) -> None:
        """Work until `stop` is set; a job under way is finished first."""
        while not self._stop.is_set():
            self._stop.wait(self.run_due())

    def run_due(self) -> float:
        """Run every job that is due and not leased elsewhere; give the seconds until the next look, at most
        5.
        """
        for job in self._jobs:
            if self._stop.is_set():
                break
            if self._due[job.name] <= self._clock.timestamp():
                self._due[job.name] = self._turn(job)
        next_due = min(self._due.values(), default=float("inf"))
        return min(max(next_due - self._clock.timestamp(), 0.0), LONGEST_SLEEP)

    def _turn(self, job: Job) -> float:
        """Run a job if its lease is free; give when to look at it again, in seconds since 1970."""
        started = self._clock.timestamp()
        next_due = started + job.every_seconds
        try:
            if not self._leases.take(job.name):
                return started + min(job.every_seconds, RETRY_SECONDS)
            with self._leases.renewed(job.name):
                self._run(job)
            self._leases.release(job.name, next_due)
        except IdpError as error:
            _log.warning("job.lease_failed", job=job.name, code=error.code, detail=error.detail)
            return started + min(job.every_seconds, RETRY_SECONDS)
        return next_due

    def _run(self, job: Job) -> None:
        try:
            count = job.run()
        except Exception:
            _log.error("job.failed", job=job.name, exc_info=True)
            outcome = "failed"
        else:
            _log.debug("job.done", job=job.name, count=count)
            outcome = "done"
        if self._metrics is not None:
            self._metrics.job(job.name, outcome)


class _Leases:
    """The lease rows, as one worker sees them."""

    def __init__(self, sql: Sql, clock: Clock) -> None:
        self._sql = sql
        self._clock = clock
        self._holder = random_token()
        self._known: set[str] = set()

    def take(self, job: str) -> bool:
        """Take the lease if nobody holds it; one statement decides, so of many nodes one wins."""
        now = instant(self._clock)
        held = {"holder": self._holder, "until": now + timedelta(seconds=LEASE_SECONDS)}
        with self._sql.once() as db:
            if db.execute(
                _lease.update().where(_lease.c.job == job, _lease.c.until <= now).values(held)
            ).rowcount:
                return True
        return job not in self._known and self._add(job, held)

    def release(self, job: str, next_due: float) -> None:
        """Leave the job alone, for every node, until its next time."""
        until = instant(self._clock) + timedelta(seconds=max(next_due - self._clock.timestamp(), 0.0))
        self._keep(job, until=until)

    @contextmanager
    def renewed(self, job: str) -> Iterator[None]:
        """Hold the lease while the block runs, however long that takes."""
        ended = threading.Event()
        renewal = threading.Thread(
            target=self._renew_until, args=(job, ended), name=f"lease-{job}", daemon=True
        )
        renewal.start()
        try:
            yield
        finally:
            ended.set()
            renewal.join()

    def _add(self, job: str, held: dict[str, object]) -> bool:
        """Make the row of a job that never ran; False when another node was first."""
        self._known.add(job)
        try:
            with self._sql.once() as db:
                db.execute(_lease.insert().values(job=job, **held))
        except Conflict:
            return False
        return True

    def _renew_until(self, job: str, ended: threading.Event) -> None:
        while not ended.wait(RENEW_SECONDS):
            try:
                kept = self._keep(job, until=instant(self._clock) + timedelta(seconds=LEASE_SECONDS))
            except IdpError as error:
                _log.warning("job.lease_failed", job=job, code=error.code, detail=error.detail)
            else:
                if not kept:
                    _log.error("job.lease_lost", job=job)

    def _keep(self, job: str, **values: object) -> bool:
        """Change the lease if it is still ours."""
        mine = _lease.update().where(_lease.c.job == job, _lease.c.holder == self._holder)
        with self._sql.once() as db:
            return bool(db.execute(mine.values(values)).rowcount)


def stop_on_signals(stop: threading.Event) -> None:
    """Set `stop` on SIGTERM and SIGINT, so that the job under way is finished; call it in the main thread."""

    def ask(_number: int, _frame: object) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
