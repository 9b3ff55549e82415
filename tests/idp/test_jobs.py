"""Periodic jobs and their one-node lease, on SQLite and on PostgreSQL."""

import io
import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
import structlog

from idp import jobs
from idp.errors import Unavailable
from idp.jobs import LEASE_SECONDS, Job, Worker
from idp.observe import log
from idp.observe.metrics import Metrics
from idp.storage.base import table_of
from idp.storage.engine import Sql
from idp.storage.models import JobLeaseRow

LEASES = table_of(JobLeaseRow)


class HandClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def timestamp(self) -> float:
        """Seconds since 1970."""
        return self.now


@pytest.fixture(params=["sqlite", "postgresql"])
def sql(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sql]:
    """A database that holds the lease table."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/jobs.db"
    else:
        url = request.getfixturevalue("postgres").create_database("jobs")
    sql = Sql(url)
    LEASES.create(sql.engine)
    yield sql
    sql.close()


@pytest.fixture
def out() -> Iterator[io.BytesIO]:
    """What is logged during the test; afterwards logging is as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.BytesIO()
    log.configure("info", stream)
    yield stream
    structlog.reset_defaults()
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def worker(sql: Sql, clock: HandClock, *jobs_: Job, stop: threading.Event | None = None) -> Worker:
    """A worker of its own node."""
    return Worker(jobs_, sql, clock, stop or threading.Event())


def counting(runs: list[str], name: str = "sweep", every: float = 30) -> Job:
    """A job that writes down that it ran."""

    def run() -> int:
        runs.append(name)
        return 1

    return Job(name, every, run)


def test_job_runs_at_once_and_then_once_per_interval(sql: Sql) -> None:
    """The first look runs it; until its time it is left alone; then it comes again."""
    clock, runs = HandClock(), list[str]()
    node = worker(sql, clock, counting(runs))
    for moment, expected in ((0, 1), (10, 1), (29, 1), (30, 2), (31, 2), (60, 3)):
        clock.now = 1_800_000_000.0 + moment
        node.run_due()
        assert len(runs) == expected


def test_two_nodes_share_one_interval(sql: Sql) -> None:
    """However many nodes run, a job runs once per interval, and a restarted node does not run it early."""
    clock, runs = HandClock(), list[str]()
    nodes = [worker(sql, clock, counting(runs)) for _ in range(3)]
    for second in range(0, 120, 5):
        clock.now = 1_800_000_000.0 + second
        for node in nodes:
            node.run_due()
        worker(sql, clock, counting(runs)).run_due()
    assert len(runs) == 4


def test_of_many_nodes_at_once_one_wins(sql: Sql) -> None:
    """The lease is taken by one statement: racing nodes never run the same job together."""
    clock, runs = HandClock(), list[str]()
    for _ in range(5):
        clock.now += 100
        start = threading.Barrier(8)

        def race(start: threading.Barrier = start) -> None:
            node = worker(sql, clock, counting(runs))
            start.wait()
            node.run_due()

        threads = [threading.Thread(target=race) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(runs) == 5


def test_lease_of_a_dead_node_ends(sql: Sql) -> None:
    """A node that died at work blocks its job for a minute and no longer."""
    clock, runs = HandClock(), list[str]()

    def die() -> int:
        raise SystemExit

    with pytest.raises(SystemExit):
        worker(sql, clock, Job("sweep", 5, die)).run_due()
    other = worker(sql, clock, counting(runs, every=5))
    clock.now += LEASE_SECONDS - 1
    other.run_due()
    assert runs == []
    clock.now += 11
    other.run_due()
    assert runs == ["sweep"]


def test_long_job_keeps_its_lease(sql: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a job runs its lease is renewed, so that no other node begins the same."""
    monkeypatch.setattr(jobs, "RENEW_SECONDS", 0.02)
    clock, runs = HandClock(), list[str]()
    other = worker(sql, clock, counting(runs))

    def run_long() -> int:
        for _ in range(4):
            clock.now += LEASE_SECONDS - 10
            time.sleep(0.15)
            other.run_due()
        return 0

    worker(sql, clock, Job("sweep", 5, run_long)).run_due()
    assert runs == []


def test_failing_job_is_logged_counted_and_stops_nobody(sql: Sql, out: io.BytesIO) -> None:
    """A job that raises costs its own run only; its message does not reach the log."""
    clock, runs, metrics = HandClock(), list[str](), Metrics()

    def fail() -> int:
        raise ValueError("13800138000")

    node = Worker([Job("broken", 30, fail), counting(runs)], sql, clock, threading.Event(), metrics)
    node.run_due()
    clock.now += 30
    node.run_due()
    assert runs == ["sweep", "sweep"]
    rendered = metrics.render().decode()
    assert 'yihao_job_runs_total{job="broken",outcome="failed"} 2.0' in rendered
    assert 'yihao_job_runs_total{job="sweep",outcome="done"} 2.0' in rendered
    written = out.getvalue().decode()
    failures = [line for line in map(orjson.loads, written.splitlines()) if line["event"] == "job.failed"]
    assert [line["job"] for line in failures] == ["broken", "broken"]
    assert "ValueError" in written
    assert "13800138000" not in written


def test_lost_database_is_waited_out(tmp_path: Path) -> None:
    """While leases cannot be taken nothing runs, the loop goes on, and work resumes by itself."""
    clock, runs = HandClock(), list[str]()
    sql = Sql(f"sqlite:///{tmp_path}/jobs.db")
    LEASES.create(sql.engine)
    node = worker(sql, clock, counting(runs))
    once = sql.once

    def away() -> object:
        raise Unavailable("svc.down")

    sql.once = away  # type: ignore[method-assign,assignment] # the database is away
    node.run_due()
    assert runs == []
    sql.once = once  # type: ignore[method-assign] # and back
    clock.now += 10
    node.run_due()
    assert runs == ["sweep"]
    sql.close()


def test_stop_ends_the_loop_after_the_running_job(tmp_path: Path) -> None:
    """The job under way is finished, the next is not begun, and the loop ends without waiting."""
    sql, stop, ended = Sql(f"sqlite:///{tmp_path}/jobs.db"), threading.Event(), list[str]()
    LEASES.create(sql.engine)

    def stop_in_the_midst() -> int:
        stop.set()
        ended.append("first")
        return 0

    node = worker(sql, HandClock(), Job("first", 30, stop_in_the_midst), counting(ended, "second"), stop=stop)
    loop = threading.Thread(target=node.run, daemon=True)
    loop.start()
    loop.join(4)
    assert not loop.is_alive()
    assert ended == ["first"]
    sql.close()


def test_loop_waits_until_the_next_due_time(tmp_path: Path) -> None:
    """An idle worker sleeps: at most 5 s, less when a job is due sooner."""
    sql, clock = Sql(f"sqlite:///{tmp_path}/jobs.db"), HandClock()
    LEASES.create(sql.engine)
    assert worker(sql, clock, counting([], "a", 3600)).run_due() == 5
    assert worker(sql, clock, counting([], "b", 2)).run_due() == 2
    assert worker(sql, clock).run_due() == 5
    sql.close()


SERVE = """
import sys, threading, time
from idp.clock import SystemClock
from idp.jobs import Job, Worker, stop_on_signals
from idp.storage.base import table_of
from idp.storage.engine import Sql
from idp.storage.models import JobLeaseRow
sql = Sql(sys.argv[1])
table_of(JobLeaseRow).create(sql.engine)
stop = threading.Event()
stop_on_signals(stop)
def work():
    print("begun", flush=True)
    time.sleep(0.6)
    print("ended", flush=True)
    return 1
Worker([Job("slow", 3600, work)], sql, SystemClock(), stop).run()
print("stopped", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_sigterm_lets_the_running_job_finish(tmp_path: Path, number: int) -> None:
    """A real process that gets the signal in the midst of a job ends after it, with success."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, f"sqlite:///{tmp_path}/jobs.db"],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": ".", "PATH": ""},
    ) as process:
        assert process.stdout is not None
        lines: Callable[[], str] = process.stdout.readline
        while lines().strip() != "begun":
            assert process.poll() is None
        process.send_signal(number)
        rest = process.stdout.read()
        assert process.wait(10) == 0
    assert "ended" in rest
    assert rest.endswith("stopped\n")
