"""Whether this process lives, and whether it may be sent requests."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from idp.errors import Unavailable
from idp.observe.log import logger

CHECK_SECONDS = 2.0
FRESH_SECONDS = 1.0
OK, DOWN, SLOW, FAILED = "ok", "down", "slow", "failed"

Check = Callable[[], None]
AnswerT = TypeVar("AnswerT")

_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The state of all checks: `checks` maps each name to ok, down (does not answer), slow or failed."""

    ok: bool
    checks: Mapping[str, str]


class Health:
    """Runs the named checks, each a function that raises when its dependency is not fit: database, ephemeral,
    keys…

    All run at once, each for at most 2 s, and a report serves everybody for 1 s, so that probes cannot load
    what they probe.
    """

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._probes = {name: _Probe(name, check) for name, check in checks.items()}
        self._lock = threading.Lock()
        self._held: tuple[float, HealthReport] | None = None

    def live(self) -> HealthReport:
        """This process answers; dependencies are not asked, for a restart would not mend them."""
        return HealthReport(True, {})

    def ready(self) -> HealthReport:
        """The state of every dependency, at most 1 s old. Names what failed, never why: that is in the log."""
        with self._lock:
            held = self._held
            if held is None or time.monotonic() - held[0] >= FRESH_SECONDS:
                held = self._held = (time.monotonic(), self._run())
            return held[1]

    def _run(self) -> HealthReport:
        deadline = time.monotonic() + CHECK_SECONDS
        for probe in self._probes.values():
            probe.start()
        states = {name: probe.result(deadline) for name, probe in self._probes.items()}
        return HealthReport(all(state == OK for state in states.values()), states)


class HealthEndpoints(Generic[AnswerT]):
    """The addresses of a load balancer's probes.

    `answer` makes an HTTP answer of a JSON value and a status (`web.exchange.json_answer`); it is handed in
    because web stands above this package.
    """

    def __init__(self, health: Health, answer: Callable[[object, int], AnswerT]) -> None:
        self._health = health
        self._answer = answer

    def live(self, request: object) -> AnswerT:
        """200 while the process answers at all."""
        return self._given(self._health.live())

    def ready(self, request: object) -> AnswerT:
        """200 when every dependency is fit, else 503 with the names of those that are not."""
        return self._given(self._health.ready())

    def _given(self, report: HealthReport) -> AnswerT:
        state = "ok" if report.ok else "unavailable"
        return self._answer({"status": state, "checks": dict(report.checks)}, 200 if report.ok else 503)


class _Probe:
    """One check in a thread of its own, because the dependency's client may know no time limit.

    A run that hangs is waited for by later ones: there is never a second thread for the same check.
    """

    def __init__(self, part: str, check: Check) -> None:
        self._part = part
        self._check = check
        self._thread: threading.Thread | None = None
        self._state = SLOW

    def start(self) -> None:
        """Begin a run unless the last one still hangs."""
        if self._thread is None or not self._thread.is_alive():
            self._state = SLOW
            self._thread = threading.Thread(target=self._run, name=f"health-{self._part}", daemon=True)
            self._thread.start()

    def result(self, deadline: float) -> str:
        """The outcome, waited for until `deadline` (monotonic seconds)."""
        if self._thread is not None:
            self._thread.join(max(0.0, deadline - time.monotonic()))
        return self._state

    def _run(self) -> None:
        try:
            self._check()
        except Unavailable as error:
            self._state = DOWN
            _log.warning("health.down", part=self._part, detail=error.detail)
        except Exception:
            self._state = FAILED
            _log.error("health.failed", part=self._part, exc_info=True)
        else:
            self._state = OK
