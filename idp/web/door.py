"""The WSGI callable: machine endpoints straight from the route table, static files, and the rest through Flask."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from idp.observe.log import bind_request, clear_request
from idp.web.dispatch import Dispatcher
from idp.web.edge import Edge
from idp.web.exchange import Answer, Request
from idp.web.failures import Failures
from idp.web.headers import STATIC_HEADERS
from idp.web.routing import Bound, Kind
from idp.web.static_files import StaticFiles

STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
REQUEST = "yihao.request"

StartResponse = Callable[..., Any]
WsgiApp = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class Door:
    """What the server calls. Every request gets an id and a caller's address here, and leaves with a whole answer."""

    def __init__(
        self,
        edge: Edge,
        table: Mapping[str, Bound],
        dispatcher: Dispatcher,
        failures: Failures,
        static_files: StaticFiles,
        pages: WsgiApp,
    ) -> None:
        self._edge = edge
        self._direct = {
            path: bound
            for path, bound in table.items()
            if bound.route.kind is Kind.MACHINE or bound.route.is_direct
        }
        self._dispatcher = dispatcher
        self._failures = failures
        self._static = static_files
        self._pages = pages

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        request = self._edge.request(environ)
        bind_request(request.request_id)
        try:
            bound = self._direct.get(request.path)
            try:
                self._edge.guard(environ)
            except Exception as error:
                kind = bound.route.kind if bound else Kind.PAGE
                return send(self._refused(error, kind, request), request, start_response)
            if bound is not None:
                return send(self._dispatcher.answer(bound, request), request, start_response)
            if request.path.startswith("/static/"):
                return send(self._file(request), request, start_response)
            environ[REQUEST] = request
            return self._pages(environ, start_response)
        finally:
            clear_request()

    def _refused(self, error: Exception, kind: Kind, request: Request) -> Answer:
        return self._dispatcher.finished(self._failures.answer(error, kind, request), kind, request)

    def _file(self, request: Request) -> Answer:
        found = self._static.find(request.path) if request.method in {"GET", "HEAD"} else None
        if found is None:
            missing = self._failures.plain(404, "not_found", Kind.PAGE, request)
            return self._dispatcher.finished(missing, Kind.PAGE, request)
        headers = (
            ("Content-Type", found.content_type),
            ("ETag", found.etag),
            ("Cache-Control", found.cache_control),
            *STATIC_HEADERS,
        )
        if request.header("if-none-match") == found.etag:
            return Answer(304, headers, b"")
        return Answer(200, headers, found.content)


def send(answer: Answer, request: Request, start_response: StartResponse) -> Iterable[bytes]:
    """Give an answer to the server; HEAD gets the headers alone."""
    headers = list(answer.headers)
    if answer.status not in {204, 304}:
        headers.append(("Content-Length", str(len(answer.body))))
    start_response(STATUS_LINES[answer.status], headers)
    return [b""] if request.method == "HEAD" else [answer.body]
