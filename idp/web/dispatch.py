"""One request through one route: method, limit, endpoint, failure, general headers. Both ways in pass here."""

from collections.abc import Callable
from time import perf_counter
from typing import Protocol

from idp.errors import MethodRefused, RequestRefused, Unavailable
from idp.web.exchange import Answer, Headers, Request
from idp.web.failures import Failures
from idp.web.headers import MACHINE_HEADERS, secured
from idp.web.routing import Bound, Cors, Kind, Route

PREFLIGHT_SECONDS = "600"


class Counting(Protocol):
    """What a dispatcher needs of `limits`."""

    def admit(self, rule: str, subject: str) -> None:
        """Let a request in, or raise TooMany."""
        ...

    def refused(self, rule: str, subject: str) -> None:
        """Count a refusal."""
        ...


class Measuring(Protocol):
    """What a dispatcher needs of `metrics`."""

    def request(self, endpoint: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        ...


class Dispatcher:
    """Answers a request by its route, whatever happens inside."""

    def __init__(
        self,
        failures: Failures,
        limits: Counting,
        metrics: Measuring,
        issuer: str,
        is_known_origin: Callable[[str], bool],
    ) -> None:
        self._failures = failures
        self._limits = limits
        self._metrics = metrics
        self._is_known_origin = is_known_origin
        self._general = {
            Kind.MACHINE: secured(MACHINE_HEADERS, issuer),
            Kind.PAGE: secured((), issuer),
        }

    def answer(self, bound: Bound, request: Request) -> Answer:
        """The whole answer; never raises."""
        started = perf_counter()
        route = bound.route
        try:
            answer = self._admitted(bound, request)
        except Exception as error:
            answer = self._failures.answer(error, route.kind, request)
        if 400 <= answer.status < 500:
            self._count_refusal(route, request)
        self._metrics.request(route.endpoint, answer.status, perf_counter() - started)
        if route.cors is Cors.ANY:
            answer = _with(answer, (("Access-Control-Allow-Origin", "*"),))
        return self.finished(answer, route.kind, request)

    def finished(self, answer: Answer, kind: Kind, request: Request) -> Answer:
        """The answer with the general headers of its kind."""
        # A page brings its own policy; a redirect or JSON of a page route gets the machine's.
        is_page = any(name == "Content-Security-Policy" for name, _ in answer.headers)
        general = self._general[Kind.PAGE if is_page else Kind.MACHINE]
        return _with(answer, (*general, ("X-Request-ID", request.request_id)))

    def _admitted(self, bound: Bound, request: Request) -> Answer:
        route = bound.route
        method = "GET" if request.method == "HEAD" else request.method
        if method == "OPTIONS" and route.cors is not Cors.NONE:
            return self._preflight(route, request)
        if method not in route.methods:
            raise MethodRefused(route.methods)
        self._limits.admit(route.limit, request.client_address)
        return bound.answer(request)

    def _preflight(self, route: Route, request: Request) -> Answer:
        origin = request.header("origin") or ""
        if route.cors is Cors.CLIENT and not self._is_known_origin(origin):
            raise RequestRefused("request.origin")
        # `answer` names everybody where everybody may read; a second such header would void both (Fetch §4.9).
        named = (("Access-Control-Allow-Origin", origin),) if route.cors is Cors.CLIENT else ()
        headers: Headers = (
            *named,
            ("Access-Control-Allow-Methods", ", ".join(route.methods)),
            ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
            ("Access-Control-Max-Age", PREFLIGHT_SECONDS),
            ("Vary", "Origin"),
        )
        return Answer(204, headers, b"")

    def _count_refusal(self, route: Route, request: Request) -> None:
        try:
            self._limits.refused(route.limit, request.client_address)
        except Unavailable:
            # The refusal itself stands; without the store nobody can be counted, nor sign in.
            return


def _with(answer: Answer, headers: Headers) -> Answer:
    return Answer(answer.status, answer.headers + headers, answer.body)
