"""Live and ready."""

import threading

import orjson
import pytest

from idp.errors import Unavailable
from idp.observe import health
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


def test_hanging_check_is_slow_and_not_piled_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dependency that hangs holds a probe no longer than the limit, and one thread however often one asks."""
    assert health.CHECK_SECONDS <= 2
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.2)
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.0)
    release = threading.Event()
    runs: list[int] = []

    def hang() -> None:
        runs.append(1)
        release.wait(20)

    checks = Health({"database": hang, "ephemeral": hang, "keys": fit})
    for _ in range(3):
        assert checks.ready().checks == {"database": "slow", "ephemeral": "slow", "keys": "ok"}
    assert len(runs) == 2
    assert not release.is_set()
    release.set()
    while not checks.ready().ok:
        assert threading.active_count() < 20


def test_report_is_shared_while_it_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many probes at once run the checks once; when the report is a second old they are run again."""
    assert health.FRESH_SECONDS <= 1
    runs: list[int] = []
    checks = Health({"database": lambda: runs.append(1)})
    threads = [threading.Thread(target=checks.ready) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs) == 1
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.0)
    checks.ready()
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
