"""What comes in and what goes out, without any web framework: `Request` and `Answer`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

import orjson

from idp.errors import RequestRefused, TooLarge

MAX_BODY = 64 * 1024
MAX_QUERY = 16 * 1024
MAX_FIELDS = 100
FORM = "application/x-www-form-urlencoded"

Headers = tuple[tuple[str, str], ...]
ReadCertificate = Callable[[Mapping[str, Any]], bytes | None]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: status, its own headers (the door adds the general ones), body."""

    status: int
    headers: Headers
    body: bytes


def _no_certificate(_environ: Mapping[str, Any]) -> bytes | None:
    return None


class Request:
    """One HTTP request, parsed on demand and once. Strict: a field given twice or not UTF-8 is refused (RFC 6749 §3.1)."""

    __slots__ = (
        "_certificate",
        "_form",
        "_query",
        "client_address",
        "environ",
        "method",
        "path",
        "request_id",
    )

    def __init__(
        self,
        environ: dict[str, Any],
        request_id: str,
        client_address: str,
        certificate: ReadCertificate = _no_certificate,
    ) -> None:
        self.environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = environ.get("PATH_INFO") or "/"
        self.request_id = request_id
        self.client_address = client_address
        self._certificate = certificate
        self._query: dict[str, str] | None = None
        self._form: dict[str, str] | None = None

    def header(self, name: str) -> str | None:
        """A header by its name in any case, or None."""
        return self.environ.get("HTTP_" + name.upper().replace("-", "_"))

    @property
    def client_certificate(self) -> bytes | None:
        """The certificate (DER) that the caller showed to the gateway; None when it showed none.

        Read from the header at each call. Raises RequestRefused when the gateway sent no whole certificate.
        """
        return self._certificate(self.environ)

    @property
    def content_type(self) -> str:
        """The media type of the body without parameters, lower case; empty if none is stated."""
        return str(self.environ.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()

    @property
    def query(self) -> dict[str, str]:
        """Query parameters by name. Raises RequestRefused when one comes twice or is not UTF-8."""
        if self._query is None:
            self._query = parse_fields(str(self.environ.get("QUERY_STRING") or ""), MAX_QUERY)
        return self._query

    @property
    def form(self) -> dict[str, str]:
        """Form fields by name. Raises RequestRefused when the body is no form, too large, or a field comes twice."""
        if self._form is None:
            if self.content_type != FORM:
                raise RequestRefused("request.form")
            try:
                text = self.body().decode("ascii")
            except UnicodeDecodeError:
                raise RequestRefused("request.encoding") from None
            self._form = parse_fields(text, MAX_BODY)
        return self._form

    def body(self) -> bytes:
        """The body, at most 64 KiB. Raises TooLarge."""
        held = self.environ.get("yihao.body")
        if held is None:
            held = self.environ["yihao.body"] = _read_body(self.environ)
        return bytes(held)


def parse_fields(text: str, limit: int) -> dict[str, str]:
    """Fields of a query or form, each at most once, strictly UTF-8, without NUL."""
    fields: dict[str, str] = {}
    for name, value in _pairs(text, limit):
        if name in fields:
            raise RequestRefused("request.duplicate", name=name[:40])
        fields[name] = value
    return fields


def _pairs(text: str, limit: int) -> list[tuple[str, str]]:
    if len(text) > limit:
        raise TooLarge("request.large")
    parts = [part for part in text.split("&") if part]
    if len(parts) > MAX_FIELDS:
        raise TooLarge("request.large")
    pairs = []
    for part in parts:
        name, _, value = part.partition("=")
        pairs.append((_decode(name), _decode(value)))
    return pairs


def _decode(text: str) -> str:
    if "%" not in text and "+" not in text:
        decoded = text
    else:
        try:
            decoded = unquote_plus(text, errors="strict")
        except UnicodeDecodeError:
            raise RequestRefused("request.encoding") from None
    if "\0" in decoded or (
        not decoded.isprintable() and any(ord(c) < 0x20 and c not in "\t\r\n" for c in decoded)
    ):
        raise RequestRefused("request.encoding")
    return decoded


def _read_body(environ: Mapping[str, Any]) -> bytes:
    stated = environ.get("CONTENT_LENGTH") or ""
    if stated and (not stated.isascii() or not stated.isdigit()):
        raise RequestRefused("request.length")
    # The length of the number first: Python converts no number of thousands of digits.
    if len(stated) > 18 or (stated and int(stated) > MAX_BODY):
        raise TooLarge("request.large")
    wanted = int(stated) if stated else MAX_BODY + 1
    body = environ["wsgi.input"].read(wanted) if stated or environ.get("wsgi.input_terminated") else b""
    if len(body) > MAX_BODY:
        raise TooLarge("request.large")
    if stated and len(body) < wanted:
        raise RequestRefused("request.length")
    return bytes(body)


NO_STORE: Headers = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
JSON_TYPE: Headers = (("Content-Type", "application/json"),)


def json_answer(value: object, status: int = 200, headers: Headers = NO_STORE) -> Answer:
    """A JSON answer that no cache keeps unless `headers` says otherwise."""
    return Answer(status, JSON_TYPE + headers, orjson.dumps(value))


def page_answer(body: bytes, status: int = 200, headers: Headers = ()) -> Answer:
    """An HTML page; pages of persons are never stored."""
    return Answer(status, (("Content-Type", "text/html; charset=utf-8"), *NO_STORE, *headers), body)


def redirect(location: str, headers: Headers = ()) -> Answer:
    """303 See Other: the next request is a GET, whatever this one was (RFC 9700 §4.12)."""
    return Answer(303, (("Location", location), *NO_STORE, *headers), b"")
