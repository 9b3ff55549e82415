"""From an error to an answer: the status, the page or JSON, and never the error's own words."""

import orjson
import pytest

from idp import errors
from idp.errors import Conflict, MethodRefused, NotFound, RequestRefused, TooLarge, TooMany, Unavailable
from idp.web.exchange import Request
from idp.web.failures import STATUS, Failures
from idp.web.routing import Kind
from tests.support.provider import Provider

PRIVATE = "private-detail-of-the-error"
CASES: tuple[tuple[Exception, int, str], ...] = (
    (NotFound("session.unknown", PRIVATE), 404, "not_found"),
    (MethodRefused(("GET", "POST")), 405, "invalid_request"),
    (TooLarge("request.large", PRIVATE), 413, "invalid_request"),
    (TooMany("limit.many", 7, PRIVATE), 429, "temporarily_unavailable"),
    (Conflict("object.conflict", PRIVATE), 409, "invalid_request"),
    (Unavailable("svc.down", PRIVATE), 503, "temporarily_unavailable"),
    (RequestRefused("request.form", PRIVATE), 400, "invalid_request"),
    (ValueError(PRIVATE), 500, "server_error"),
    (KeyError(PRIVATE), 500, "server_error"),
)


@pytest.fixture
def failures(provider: Provider) -> Failures:
    """The failures of a provider."""
    return provider.app._failures


def _request() -> Request:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/x", "QUERY_STRING": "", "HTTP_ACCEPT_LANGUAGE": "en"}
    return Request(environ, "0123456789abcdef", "192.0.2.1")


@pytest.mark.parametrize(("error", "status", "code"), CASES, ids=lambda case: type(case).__name__)
def test_machines_get_json_with_status_and_code(
    failures: Failures, error: Exception, status: int, code: str
) -> None:
    """Each error has its status and code; the reference leads to the log, the detail stays there."""
    answer = failures.answer(error, Kind.MACHINE, _request())
    body = orjson.loads(answer.body)
    assert (answer.status, body["error"], body["reference"]) == (status, code, "0123456789abcdef")
    assert PRIVATE not in answer.body.decode() and ("Cache-Control", "no-store") in answer.headers


@pytest.mark.parametrize(("error", "status", "code"), CASES, ids=lambda case: type(case).__name__)
def test_people_get_a_page_with_the_short_reference(
    failures: Failures, error: Exception, status: int, code: str
) -> None:
    """The page has the same status and the reference as people read it out."""
    answer = failures.answer(error, Kind.PAGE, _request())
    assert answer.status == status and "0123-4567" in answer.body.decode()
    assert PRIVATE not in answer.body.decode() and code not in {"", None}


def test_who_may_come_back_is_told_when(failures: Failures) -> None:
    """429 and 503 carry Retry-After, 405 the methods that are taken."""
    told = {
        type(error): dict(failures.answer(error, Kind.MACHINE, _request()).headers) for error, *_ in CASES
    }
    assert told[TooMany]["Retry-After"] == "7" and int(told[Unavailable]["Retry-After"]) > 0
    assert told[MethodRefused]["Allow"] == "GET, POST"


def test_every_error_of_the_house_has_a_status_of_its_own() -> None:
    """A new kind of error that forgets its status would be shown as a fault of ours."""
    kinds = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.IdpError) and kind is not errors.IdpError
    }
    known = tuple(kind for kind, _, _ in STATUS)
    assert {kind.__name__ for kind in kinds if not issubclass(kind, known)} == {"SettingsRefused"}
