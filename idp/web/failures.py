"""From an error to an answer: the only place with status codes for what goes wrong. Never shows an error's own words."""

from collections.abc import Callable, Mapping
from typing import Any

from idp.clock import Clock, instant
from idp.errors import (
    Conflict,
    IdpError,
    MethodRefused,
    NotFound,
    RequestRefused,
    TooLarge,
    TooMany,
    Unavailable,
)
from idp.observe.log import logger
from idp.web.exchange import NO_STORE, Answer, Headers, Request, json_answer
from idp.web.i18n import Catalogue
from idp.web.page_values import failure_words
from idp.web.pages import Pages
from idp.web.routing import Kind

_log = logger(__name__)
STATUS: tuple[tuple[type[Exception], int, str], ...] = (
    (NotFound, 404, "not_found"),
    (MethodRefused, 405, "invalid_request"),
    (TooLarge, 413, "invalid_request"),
    (TooMany, 429, "temporarily_unavailable"),
    (Conflict, 409, "invalid_request"),
    (Unavailable, 503, "temporarily_unavailable"),
    (RequestRefused, 400, "invalid_request"),
)
RETRY_SECONDS = 5

Handler = Callable[[Any, Request], Answer]


class Failures:
    """Answers errors as a page or as JSON; parts hand in handlers for error types of their own."""

    def __init__(self, pages: Pages, catalogue: Catalogue, clock: Clock) -> None:
        self._pages = pages
        self._catalogue = catalogue
        self._clock = clock
        self._handlers: dict[type[Exception], Handler] = {}

    def handle(self, handlers: Mapping[type[Exception], Handler]) -> None:
        """Give error types (with their subclasses) an answer of their own."""
        self._handlers.update(handlers)

    def answer(self, error: Exception, kind: Kind, request: Request) -> Answer:
        """The answer for an error; anything unforeseen is logged with its frames and answered as 500."""
        for known, handler in self._handlers.items():
            if isinstance(error, known):
                return handler(error, request)
        status, code = _status(error)
        if isinstance(error, IdpError):
            _log.info("request.refused", code=error.code, status=status, path=request.path)
        else:
            _log.error("request.failed", path=request.path, exc_info=error)
        return self.plain(status, code, kind, request, _headers(error))

    def plain(self, status: int, code: str, kind: Kind, request: Request, headers: Headers = ()) -> Answer:
        """The answer for a status alone."""
        if kind is Kind.MACHINE:
            body = {
                "error": code,
                "error_description": self._catalogue.text(f"failure.{_worded(status)}.text", "en"),
                "reference": request.request_id,
            }
            return json_answer(body, status, NO_STORE + headers)
        words = failure_words(self._catalogue, status, self._pages.language(request))
        return self._pages.show(
            request,
            "failures/failure.html",
            status=status,
            headers=headers,
            back="/",
            title=words.title,
            text=words.text,
            what_now=words.what_now,
            reference=reference(request),
            time=instant(self._clock),
        )


def reference(request: Request) -> str:
    """The short reference that a person reads out and that leads to the log: eight digits in two groups."""
    return f"{request.request_id[:4]}-{request.request_id[4:8]}".upper()


def _status(error: Exception) -> tuple[int, str]:
    for kind, status, code in STATUS:
        if isinstance(error, kind):
            return status, code
    return 500, "server_error"


def _worded(status: int) -> int:
    return status if status in {403, 404, 405, 413, 429, 500, 503} else 400


def _headers(error: Exception) -> Headers:
    if isinstance(error, MethodRefused):
        return (("Allow", ", ".join(error.allowed)),)
    if isinstance(error, TooMany):
        return (("Retry-After", str(error.retry_after)),)
    if isinstance(error, Unavailable):
        return (("Retry-After", str(RETRY_SECONDS)),)
    return ()
