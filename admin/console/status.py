"""The state of the instance for its operators: health, keys, version. No personal data, nothing to change."""

from collections.abc import Callable
from dataclasses import dataclass

from idp.clock import Clock, instant
from idp.keys.keyring import Keyring
from idp.observe.health import Health
from idp.observe.metrics import Metrics
from idp.web.exchange import Answer, Request
from idp.web.pages import Pages

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One signing key as it is shown: public facts only."""

    kid: str
    algorithm: str


class StatusViews:
    """`/` and `/metrics` of the officers' address."""

    def __init__(
        self,
        pages: Pages,
        clock: Clock,
        health: Health,
        keyring: Keyring,
        metrics: Metrics,
        issuer: str,
        version: Callable[[], str],
    ) -> None:
        self._pages = pages
        self._clock = clock
        self._health = health
        self._keyring = keyring
        self._metrics = metrics
        self._issuer = issuer
        self._version = version

    def page(self, request: Request) -> Answer:
        """The state of every dependency and the keys in use."""
        report = self._health.ready()
        keys = [KeyLine(kid, str(jwk["alg"])) for kid, jwk in self._keyring.ring().by_kid.items()]
        return self._pages.show(
            request,
            "status/status.html",
            issuer=self._issuer,
            version=self._version(),
            is_ready=report.ok,
            checks=sorted(report.checks.items()),
            keys=keys,
            time=instant(self._clock),
        )

    def metrics(self, request: Request) -> Answer:
        """Counters and timings in Prometheus' text form."""
        return Answer(
            200, (("Content-Type", METRICS_TYPE), ("Cache-Control", "no-store")), self._metrics.render()
        )
