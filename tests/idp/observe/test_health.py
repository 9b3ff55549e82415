"""Live and ready."""

import threading
import time

import orjson

from idp.errors import Unavailable
from idp.observe.health import Health, HealthEndpoints, HealthReport
from idp.web.exchange import json_answer


def fit() -> None:
    """A dependency that is fit."""


def away() -> None:
    """A dependency that does not answer."""
    raise Unavailable("svc.down", "database: OperationalError")


def broken() -> None:
    """A check that fails in an unforeseen way."""
    raise RuntimeError("secret detail")


def test_ready_when_every_check_passes() -> None:
    """All fit: ready."""
    assert Health({"database": fit, "keys": fit}).ready() == HealthReport(
        True, {"database": "ok", "keys": "ok"}
    )


def test_failing_dependency_is_named_and_the_others_are_told() -> None:
    """One failure is enough, and the reason word says of which sort."""
    report = Health({"database": away, "selftest": broken, "keys": fit}).ready()
    assert report == HealthReport(False, {"database": "down", "selftest": "failed", "keys": "ok"})


def test_hanging_check_is_slow_within_two_seconds_and_not_piled_up() -> None:
    """A dependency that hangs delays nobody beyond the limit and takes one thread, however often one asks."""
    release = threading.Event()
    runs: list[int] = []

    def hang() -> None:
        runs.append(1)
        release.wait(20)

    health = Health({"database": hang, "ephemeral": hang, "keys": fit})
    started = time.monotonic()
    report = health.ready()
    assert time.monotonic() - started < 2.6
    assert report.checks == {"database": "slow", "ephemeral": "slow", "keys": "ok"}
    health._held = None
    assert health.ready().checks["database"] == "slow"
    assert len(runs) == 2
    release.set()
    health._held = None
    time.sleep(0.1)
    assert health.ready().ok


def test_report_is_shared_for_a_second() -> None:
    """Many probes at once run the checks once; a second later they are run again."""
    runs: list[int] = []
    health = Health({"database": lambda: runs.append(1)})
    threads = [threading.Thread(target=health.ready) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs) == 1
    time.sleep(1.05)
    health.ready()
    assert len(runs) == 2


def test_endpoints_answer_load_balancers() -> None:
    """Ready is 503 with the names when something is down; live stays 200; nothing is cached or explained."""
    endpoints = HealthEndpoints(Health({"database": away, "selftest": broken}), json_answer)
    ready, live = endpoints.ready(None), endpoints.live(None)
    assert (ready.status, live.status) == (503, 200)
    checks = {"database": "down", "selftest": "failed"}
    assert orjson.loads(ready.body) == {"status": "unavailable", "checks": checks}
    assert orjson.loads(live.body) == {"status": "ok", "checks": {}}
    assert ("Cache-Control", "no-store") in ready.headers
    assert HealthEndpoints(Health({"database": fit}), json_answer).ready(None).status == 200
