"""A software key behind the local helper of specs/integration/ukey-helper.md: a real HTTP server on loopback.

It keeps every rule of that page, so that what the page or the script does wrong fails here as it would at a desk.
"""

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

PIN: Final = "135790"
_LINE: Final = re.compile(
    r"v1\|(?P<nonce>[A-Za-z0-9_-]{43})\|(?P<client>[^|\r\n]*)\|(?P<origin>[^|\s]+)\|"
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
)
_MOST_BODY: Final = 4096
_STATUS: Final = {
    "malformed": 400,
    "no_key": 404,
    "cancelled": 409,
    "busy": 409,
    "locked": 423,
    "wrong_pin": 403,
}

Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class Shown:
    """What the helper puts before the person's eyes before the PIN."""

    origin: str
    client: str
    time: str
    tries_left: int


@dataclass
class SoftwareKey:
    """A key in a slot: signs after its PIN alone, and closes after so many wrong ones."""

    signs: Callable[[bytes], bytes]
    certificates: tuple[bytes, ...]
    tries_left: int = 3
    signed: list[bytes] = field(default_factory=list)

    def sign(self, pin: str, text: bytes) -> bytes | None:
        """A signature, or None for a wrong PIN, which costs a try."""
        if pin != PIN:
            self.tries_left -= 1
            return None
        self.signed.append(text)
        return self.signs(text)


class UkeyHelper:
    """The helper: which origins it serves, the key in its slot, and the person who is shown a line and types a PIN."""

    def __init__(
        self, origins: set[str], key: SoftwareKey | None, types: Callable[[Shown], str | None]
    ) -> None:
        """`types` gives the PIN that the person types, or None when the person cancels."""
        self.origins = origins
        self.key = key
        self.types = types
        self.shown: list[Shown] = []
        self.port = 0
        self._turn = threading.Lock()

    @contextmanager
    def running(self) -> Iterator["UkeyHelper"]:
        """Serve on a free port of 127.0.0.1 while the block lasts."""
        server = _Server(self)
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def status(self) -> Answer:
        """Whether a key is there; nothing of what is on it."""
        return 200, {"version": 1, "keys": 0 if self.key is None else 1}

    def sign(self, origin: str, text: str) -> Answer:
        """Show, ask for the PIN, sign: never without all three, and never two at once."""
        line = _LINE.fullmatch(text)
        if line is None or line["origin"] != origin:
            return _error("malformed")
        if not self._turn.acquire(blocking=False):
            return _error("busy")
        try:
            return self._asked(line, text)
        finally:
            self._turn.release()

    def _asked(self, line: re.Match[str], text: str) -> Answer:
        key = self.key
        if key is None:
            return _error("no_key")
        if key.tries_left == 0:
            return _error("locked")
        shown = Shown(line["origin"], line["client"], line["time"], key.tries_left)
        self.shown.append(shown)
        pin = self.types(shown)
        if pin is None:
            return _error("cancelled")
        signature = key.sign(pin, text.encode())
        if signature is None:
            return _error("wrong_pin", tries_left=key.tries_left) if key.tries_left else _error("locked")
        certificates = [base64.b64encode(each).decode() for each in key.certificates]
        return 200, {"certificates": certificates, "signature": base64.b64encode(signature).decode()}


def _error(name: str, **more: int) -> Answer:
    return _STATUS[name], {"error": name, **more}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, helper: UkeyHelper) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.helper = helper


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_OPTIONS(self) -> None:
        """The browser's question before a call of another origin (Fetch §3.2.2, Private Network Access)."""
        if self._origin() is None:
            return
        self._send(
            204,
            None,
            ("Access-Control-Allow-Methods", "GET, POST"),
            ("Access-Control-Allow-Headers", "Content-Type"),
            ("Access-Control-Allow-Private-Network", "true"),
        )

    def do_GET(self) -> None:
        if self._origin() is not None:
            self._send(
                *(self.server.helper.status() if self.path == "/yihao/v1/status" else _error("malformed"))
            )

    def do_POST(self) -> None:
        origin = self._origin()
        if origin is not None:
            text = self._text()
            self._send(*(_error("malformed") if text is None else self.server.helper.sign(origin, text)))

    def _origin(self) -> str | None:
        """The page's origin; a foreign one, and a foreign name for this machine, are answered by a bare 403."""
        origin = self.headers.get("Origin")
        hosts = (f"127.0.0.1:{self.server.helper.port}", f"localhost:{self.server.helper.port}")
        if origin in self.server.helper.origins and self.headers.get("Host") in hosts:
            return origin
        self.close_connection = True
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def _text(self) -> str | None:
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(size, _MOST_BODY))
        is_json = self.headers.get("Content-Type") == "application/json"
        if self.path != "/yihao/v1/sign" or not is_json or size > _MOST_BODY:
            return None
        try:
            asked = json.loads(body)
        except ValueError:
            return None
        text = asked.get("text") if isinstance(asked, dict) and len(asked) == 1 else None
        return text if isinstance(text, str) else None

    def _send(self, status: int, value: dict[str, Any] | None, *headers: tuple[str, str]) -> None:
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        fixed = [
            ("Access-Control-Allow-Origin", self.headers["Origin"]),
            ("Vary", "Origin"),
            ("Cache-Control", "no-store"),
            ("Content-Type", "application/json"),
        ]
        for name, content in (*fixed, *headers, ("Content-Length", str(len(body)))):
            self.send_header(name, content)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test output clean."""
