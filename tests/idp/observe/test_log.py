"""The structured log: its form, and what can never get into it."""

import io
import logging
import threading
import warnings
from collections.abc import Iterator
from datetime import datetime

import orjson
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from idp.observe import log, redact

ID_NUMBER = "11010519491231002X"
MOBILE = "13800138000"
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
SECRET = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CANARIES = (ID_NUMBER, MOBILE, TOKEN, SECRET, "110105491231002", "６２２２０２１２３４５６７８９０１２３")


@pytest.fixture
def out() -> Iterator[io.BytesIO]:
    """Where the log goes during a test; afterwards logging is as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.BytesIO()
    log.configure("debug", stream)
    yield stream
    structlog.reset_defaults()
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.BytesIO) -> list[dict[str, object]]:
    """What was written, line by line."""
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


def test_line_is_json_with_its_head(out: io.BytesIO) -> None:
    """Each event is one object: UTC time, level, event name, logger, its fields."""
    log.logger("idp.example").info("request.refused", code="request.csrf", status=400)
    (line,) = lines(out)
    moment = datetime.fromisoformat(str(line.pop("timestamp")))
    assert moment.utcoffset() is not None
    assert line == {
        "level": "info",
        "event": "request.refused",
        "logger": "idp.example",
        "code": "request.csrf",
        "status": 400,
    }


def test_level_is_the_least_that_is_written(out: io.BytesIO) -> None:
    """At info, debug events vanish; loggers made before `configure` follow it."""
    logger = log.logger("idp.example")
    log.configure("info", out)
    logger.debug("request.done")
    logging.getLogger("granian").debug("loop")
    logger.info("request.refused")
    assert [line["event"] for line in lines(out)] == ["request.refused"]


def test_request_id_is_written_in_its_thread_only(out: io.BytesIO) -> None:
    """Every event of a request carries its id, events of other threads do not, and none after the end."""
    logger = log.logger("idp.example")
    log.bind_request("0123456789abcdef")
    logger.info("first.event")
    thread = threading.Thread(target=lambda: logger.info("other.thread"))
    thread.start()
    thread.join()
    log.clear_request()
    logger.info("after.request")
    assert [line.get("request_id") for line in lines(out)] == ["0123456789abcdef", None, None]


@pytest.mark.sec("SEC-43")
@pytest.mark.parametrize("canary", CANARIES)
def test_canary_does_not_reach_the_log(out: io.BytesIO, canary: str) -> None:
    """In whatever field, message or exception a personal number or secret stands, no line holds it."""
    logger = log.logger("idp.example")
    logger.info("some.event", password=canary, id_number=canary)
    logger.info("some.event", detail=f"for {canary}, seen", path=f"/x/{canary}", reason=canary)
    logger.info("some.event", detail=[canary, {"code": canary, canary: 1}], scope=(canary,))
    logger.info(f"user {canary} signed in")
    logger.info("some.event", detail=RuntimeError(canary), code=canary.encode())
    logging.getLogger("granian").info("peer said %s", canary)
    logging.getLogger("sqlalchemy.pool").warning("lost [%s]", canary)
    logging.getLogger("anything.else").error("value %s", canary)
    logging.getLogger("granian.access").info("GET /cb?code=%s", canary)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"odd value {canary}", stacklevel=1)
    try:
        _raise_with(canary)
    except ValueError:
        logger.exception("some.failure")
        logging.getLogger("granian").exception("callable failed")
    written = out.getvalue().decode()
    assert len(lines(out)) == 11
    if canary.isdigit() and canary.isascii():
        assert canary not in written
    assert orjson.dumps(canary).decode().strip('"') not in written


def _raise_with(value: str) -> None:
    """Raise errors whose messages and locals hold the value."""
    try:
        raise KeyError(value)
    except KeyError as error:
        raise ValueError(f"bad {value}") from error


@pytest.mark.sec("SEC-43")
def test_exception_is_types_and_frames(out: io.BytesIO) -> None:
    """The line tells which error, by which way, caused by which, and no message."""
    try:
        _raise_with("x")
    except ValueError:
        log.logger("idp.example").error("some.failure", exc_info=True)
    (line,) = lines(out)
    chain = line["exceptions"]
    assert isinstance(chain, list)
    assert [part["type"] for part in chain] == ["ValueError", "KeyError"]
    module, number, function = chain[0]["frames"][-1].rsplit(":", 2)
    assert module.endswith("test_log")
    assert int(number) > 0
    assert function == "_raise_with"


@pytest.mark.sec("SEC-43")
def test_unlisted_field_shows_its_name_only(out: io.BytesIO) -> None:
    """A field that nobody listed is seen to exist, and can be listed on purpose."""
    log.logger("idp.example").info("some.event", nickname="小明", count=3)
    (line,) = lines(out)
    assert line["nickname"] == redact.HIDDEN
    assert line["count"] == 3


def test_library_message_is_kept_from_the_short_list_only(out: io.BytesIO) -> None:
    """The server and the migrations may speak; of others the place is written."""
    logging.getLogger("alembic.runtime.migration").warning("Running upgrade %s", "0001")
    logging.getLogger("sqlalchemy.pool").warning("connection lost")
    logging.getLogger("talkative").info("GET https://partner.example/")
    assert [line.get("message") for line in lines(out)] == ["Running upgrade 0001", "connection lost", None]
    assert str(lines(out)[2]["module"]).startswith("test_log:")


def test_configuring_again_does_not_double_lines(out: io.BytesIO) -> None:
    """A second `configure` replaces the first."""
    log.configure("info", out)
    logging.getLogger("granian").info("ready")
    log.logger("idp.example").info("some.event")
    assert len(lines(out)) == 2


@pytest.mark.sec("SEC-43")
@given(st.text(max_size=40), st.sampled_from(CANARIES), st.text(max_size=40))
def test_masking_finds_a_canary_anywhere(before: str, canary: str, after: str) -> None:
    """Text around it does not hide a personal number or secret, unless it makes it part of a longer number."""
    if canary == MOBILE and (before[-1:].isdigit() or after[:1].isdigit()):
        return
    assert canary not in redact.text(f"{before}{canary}{after}")


def test_ordinary_text_is_left_alone() -> None:
    """What operators need to read stays: codes, times, paths, module names, ports."""
    for text in (
        "oauth.resume",
        "2026-11-23T17:24:13.123456Z",
        "/oauth/token",
        "idp.web.failures:61:answer",
        "16500ms",
    ):
        assert redact.text(text) == text


def test_long_values_are_cut() -> None:
    """A hostile value cannot flood the log."""
    assert len(redact.text("a b " * 100_000)) <= redact.MAX_TEXT + 1
    value = redact.fields({"scope": ["x"] * 1000})["scope"]
    assert isinstance(value, list)
    assert len(value) == redact.MAX_ITEMS
