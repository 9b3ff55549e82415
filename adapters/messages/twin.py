"""A sandbox twin of a text message gateway: real HTTP, the documented interface; shows the last messages on a page.

`POST /send` takes a signed message; `GET /` shows what came, newest first; `POST /config` takes JSON with `mode`: "" or "down".
"""

import argparse
import html
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from adapters.messages.sms import ALGORITHM, TYP
from crypto.errors import TokenRejected
from crypto.jose import jwt

HOST = "127.0.0.1"
KEPT = 50
LARGEST = 1 << 16


class SmsTwin:
    """A WSGI application. `messages` holds (number, text), newest first."""

    def __init__(self, keys: list[dict[str, Any]], clock: Callable[[], float] = time.time) -> None:
        self.keys = keys
        self.messages: deque[tuple[str, str]] = deque(maxlen=KEPT)
        self.mode = ""
        self._seen: set[str] = set()
        self._lock = threading.Lock()
        self._clock = clock

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        length = min(int(environ.get("CONTENT_LENGTH") or 0), LARGEST)
        body = environ["wsgi.input"].read(length) if environ["REQUEST_METHOD"] == "POST" else b""
        path = environ["PATH_INFO"]
        kind = "application/json"
        if path == "/send":
            status, content = self._take(body)
        elif path == "/health":
            status, content = "200 OK", b"{}"
        elif path == "/config":
            self.mode = json.loads(body or b"{}").get("mode", "")
            status, content = "200 OK", b"{}"
        else:
            status, content, kind = "200 OK", self._page(), "text/html; charset=utf-8"
        start_response(status, [("Content-Type", kind), ("Content-Length", str(len(content)))])
        return [content]

    def _take(self, body: bytes) -> tuple[str, bytes]:
        if self.mode == "down":
            return "503 Service Unavailable", b"{}"
        try:
            told = jwt.decode(
                body.decode("ascii"),
                self.keys,
                algorithms=frozenset({ALGORITHM}),
                typ=frozenset({TYP}),
                now=self._clock(),
                required=("jti", "to", "text"),
            )
        except (TokenRejected, UnicodeDecodeError):
            return "401 Unauthorized", b"{}"
        with self._lock:
            if told["jti"] not in self._seen:
                self._seen.add(str(told["jti"]))
                self.messages.appendleft((str(told["to"]), str(told["text"])))
        return "200 OK", json.dumps({"reference": f"SMS-{len(self._seen):08d}"}).encode()

    def _page(self) -> bytes:
        rows = "".join(
            f"<li><strong>{html.escape(to)}</strong><p>{html.escape(text)}</p></li>"
            for to, text in self.messages
        )
        head = '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>演示手机 Demo phone</title></head>'
        return f"{head}<body><h1>演示手机 · Demo phone</h1><ol>{rows}</ol></body></html>".encode()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""


def listening(application: SmsTwin, port: int) -> WSGIServer:
    """A server on the loopback address; port 0 takes a free one."""
    return make_server(HOST, port, application, server_class=_Server, handler_class=_Quiet)


def main() -> None:
    """Listen and serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--callers", type=Path, required=True)
    asked = parser.parse_args()
    listening(SmsTwin(json.loads(asked.callers.read_text("utf-8"))["keys"]), asked.port).serve_forever()


if __name__ == "__main__":
    main()
