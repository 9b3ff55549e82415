"""Counters and timings for the operators' collector, in Prometheus' text form.

Several worker processes of one server share a folder named by PROMETHEUS_MULTIPROC_DIR, which the server
command makes and sets before Python loads this module; each process counts in its own mapped file there and
any of them renders the sums.
"""

import os
from collections.abc import Callable
from typing import Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
MAX_SERIES = 500
OTHER = "other"

Child = TypeVar("Child")


class Metrics:
    """What this provider counts. Label values are names of ours: endpoints, grants, outcomes; never of
    persons.

    Series are limited: past 500 of one metric, new label values count as `other`.
    """

    def __init__(self) -> None:
        self._folder = os.environ.get(FOLDER)
        self._registry = CollectorRegistry()
        if self._folder:
            MultiProcessCollector(self._registry, self._folder)  # type: ignore[no-untyped-call] # the library left it so
        # In the shared form the files are what is collected; registered metrics would be counted a second
        # time.
        registry = None if self._folder else self._registry

        def counter(name: str, help_text: str, *labels: str) -> "_Series[Counter]":
            metric = Counter(f"yihao_{name}", help_text, labels, registry=registry)
            return _Series(metric.labels, len(labels))

        timing = Histogram(
            "yihao_http_request_seconds", "Time to answer.", ("endpoint",), buckets=SECONDS, registry=registry
        )
        self._timings = _Series(timing.labels, 1)
        self._requests = counter("http_requests_total", "Requests answered.", "endpoint", "status")
        self._signins = counter("signins_total", "Sign-ins by outcome.", "outcome")
        self._tokens = counter("tokens_total", "Token requests by grant and outcome.", "grant", "outcome")
        self._logouts = counter("logout_deliveries_total", "Logout messages by outcome.", "outcome")
        self._jobs = counter("job_runs_total", "Runs of periodic jobs by outcome.", "job", "outcome")
        device = Gauge(
            "yihao_key_device_up",
            "Whether what keeps the private keys answers.",
            ("provider",),
            registry=registry,
            multiprocess_mode="livemin",
        )
        self._devices = _Series(device.labels, 1)

    def request(self, endpoint: str, status: int, seconds: float) -> None:
        """Count a request answered by `endpoint` (its name in the route table) and how long it took."""
        self._requests.child((endpoint, str(status))).inc()
        self._timings.child((endpoint,)).observe(seconds)

    def signin(self, outcome: str) -> None:
        """Count a sign-in that ended: accepted, refused, …"""
        self._signins.child((outcome,)).inc()

    def token(self, grant: str, outcome: str) -> None:
        """Count a token request by grant and outcome."""
        self._tokens.child((grant, outcome)).inc()

    def logout_delivery(self, outcome: str) -> None:
        """Count a logout message sent to an application."""
        self._logouts.child((outcome,)).inc()

    def job(self, job: str, outcome: str) -> None:
        """Count a run of a periodic job: done or failed."""
        self._jobs.child((job, outcome)).inc()

    def key_device(self, provider: str, is_up: bool) -> None:
        """Say whether the device or service that keeps the private keys answers; the worst process counts."""
        self._devices.child((provider,)).set(int(is_up))

    def render(self) -> bytes:
        """All metrics of all processes that share the folder, as text exposition format 0.0.4 in UTF-8."""
        return generate_latest(self._registry)


class _Series(Generic[Child]):
    """The children of one metric by their label values, resolved once; looking one up is a dictionary access."""

    def __init__(self, resolve: Callable[..., Child], labels: int) -> None:
        self._resolve = resolve
        self._other = (OTHER,) * labels
        self._children: dict[tuple[str, ...], Child] = {}

    def child(self, values: tuple[str, ...]) -> Child:
        """The child for these label values."""
        found = self._children.get(values)
        if found is None:
            key = values if len(self._children) < MAX_SERIES else self._other
            found = self._children[key] = self._resolve(*key)
        return found
