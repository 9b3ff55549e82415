"""Structured log: one JSON object per line, with listed fields only.

An event has a constant name (`request.refused`) and fields of the list in redact.py. Exceptions are written
as types and frames: their messages and local values may hold what a person typed.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, BinaryIO, cast

import orjson
import structlog
from structlog.contextvars import bind_contextvars, merge_contextvars, unbind_contextvars
from structlog.typing import FilteringBoundLogger

from idp.observe import redact

MAX_FRAMES = 40
MAX_CAUSES = 5
LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
# Libraries whose messages are about themselves. From others only name, level and frames are taken.
SPEAKING = ("granian", "_granian", "alembic")
WARNING_ONLY = ("sqlalchemy",)
# Access lines hold queries, and queries hold codes.
SILENT = ("granian.access",)

_EVENT = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*")


def configure(level: str, stream: BinaryIO | None = None) -> None:
    """Write events of `level` (debug, info, warning, error) and above to `stream`, by default standard
    output.

    Takes over the standard library's logging and its warnings too. May be called again.
    """
    out = stream or sys.stdout.buffer
    structlog.configure(
        processors=[
            merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _shape,
            structlog.processors.JSONRenderer(orjson.dumps, default=_unknown),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.BytesLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, _Bridge):
            root.removeHandler(handler)
    root.addHandler(_Bridge())
    root.setLevel(LEVELS[level])
    logging.captureWarnings(True)


def logger(name: str) -> FilteringBoundLogger:
    """The logger of a module: `.info("request.refused", code=…)`, `.error("job.failed", exc_info=True)`."""
    return cast(FilteringBoundLogger, structlog.get_logger(logger_name=name))


def bind_request(request_id: str) -> None:
    """Write this request's id with every event of this thread of work until `clear_request`."""
    bind_contextvars(request_id=request_id)


def clear_request() -> None:
    """End what `bind_request` began."""
    unbind_contextvars("request_id")


def _shape(_logger: object, _method: str, event: MutableMapping[str, Any]) -> dict[str, object]:
    """The line as it is written: head, listed fields, and an exception as types and frames."""
    name = event.pop("event", None)
    error = _error(event.pop("exc_info", None))
    event.pop("stack_info", None)
    named = isinstance(name, str) and len(name) <= 80 and _EVENT.fullmatch(name)
    head = {
        "timestamp": event.pop("timestamp"),
        "level": event.pop("level"),
        "event": name if named else "unnamed",
        "logger": event.pop("logger_name", ""),
    }
    line = head | redact.fields(event)
    if error is not None:
        line["exceptions"] = _chain(error)
    return line


def _error(given: object) -> BaseException | None:
    if isinstance(given, tuple):
        given = given[1]
    if isinstance(given, BaseException):
        return given
    return sys.exc_info()[1] if given else None


def _chain(error: BaseException) -> list[dict[str, object]]:
    """The error and what led to it, outermost first, each with its frames, innermost call last."""
    chain: list[dict[str, object]] = []
    current: BaseException | None = error
    while current is not None and len(chain) < MAX_CAUSES:
        chain.append({"type": type(current).__qualname__, "frames": _frames(current.__traceback__)})
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return chain


def _frames(traceback: TracebackType | None) -> list[str]:
    frames: list[str] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        module = traceback.tb_frame.f_globals.get("__name__", "?")
        frames.append(f"{module}:{traceback.tb_lineno}:{code.co_name}")
        traceback = traceback.tb_next
    return frames[-MAX_FRAMES:]


def _unknown(_value: object) -> str:
    return redact.HIDDEN


class _Bridge(logging.Handler):
    """Takes what libraries log by the standard way; most of their messages stay out, for they quote values."""

    def emit(self, record: logging.LogRecord) -> None:
        if _is_of(record.name, SILENT):
            return
        speaks = _is_of(record.name, SPEAKING) or (
            record.levelno >= logging.WARNING and _is_of(record.name, WARNING_ONLY)
        )
        message = {"message": record.getMessage()} if speaks else {}
        # Of one that may not speak, the place says what happened.
        place = {"module": f"{record.module}:{record.lineno}"}
        level = max(rank for rank in (10, 20, 30, 40) if rank <= max(record.levelno, 10))
        logger(record.name).log(level, "library.message", exc_info=record.exc_info, **place, **message)


def _is_of(name: str, families: tuple[str, ...]) -> bool:
    return any(name == family or name.startswith(family + ".") for family in families)
