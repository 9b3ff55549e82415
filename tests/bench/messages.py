"""HTTP/1.1 as bytes: requests made once, answers read with the least work that still checks them."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

HOST = "id.province.test"
FORM = "application/x-www-form-urlencoded"
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: *([^\r]+)\r\n", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: *([^=]+)=([^;\r]*)", re.IGNORECASE)


class Unexpected(Exception):
    """An answer that is not what the script knows to be right: the measurement is void."""


@dataclass(slots=True)
class Answer:
    """Status, the raw head up to and with its last line end, and the body."""

    status: int
    head: bytes
    body: bytes

    @property
    def location(self) -> str:
        """Where a redirect leads. Raises Unexpected when it is none."""
        found = _LOCATION.search(self.head)
        if found is None:
            raise Unexpected(f"no Location in an answer of status {self.status}")
        return found.group(1).decode("ascii")

    @property
    def cookies(self) -> dict[str, str]:
        """Cookies that the answer sets, by name."""
        return {name.decode(): value.decode() for name, value in _COOKIE.findall(self.head)}

    def expect(self, status: int, part: bytes = b"") -> "Answer":
        """The answer itself, if it has this status and `part` in its body. Raises Unexpected."""
        if self.status != status or part not in self.body:
            raise Unexpected(f"{self.status} instead of {status} with {part!r}: {self.body[:400]!r}")
        return self


def read(buffer: bytes) -> tuple[Answer, bytes] | None:
    """The first answer in `buffer` and what follows it; None while it is not whole."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = buffer[: end + 2]
    length = _LENGTH.search(head)
    if length is None:
        raise Unexpected(f"an answer without Content-Length: {head[:200]!r}")
    start, stop = end + 4, end + 4 + int(length.group(1))
    if len(buffer) < stop:
        return None
    return Answer(int(head[9:12]), head, buffer[start:stop]), buffer[stop:]


def get(path: str, **headers: str) -> bytes:
    """A GET request; `_` in a header's name stands for `-`."""
    return _request("GET", path, headers, b"")


def post(path: str, fields: dict[str, str], **headers: str) -> bytes:
    """A POST of a form."""
    body = urlencode(fields).encode("ascii")
    return _request("POST", path, {"Content_Type": FORM, "Content_Length": str(len(body)), **headers}, body)


def _request(method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", "Accept: */*"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body
