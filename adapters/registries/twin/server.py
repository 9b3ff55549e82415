"""The twin's HTTP side: `POST /<method>` takes a signed question and gives a signed answer; `/config` changes it.

`POST /config` takes JSON: `mode` (one of data.MODES), `person` or `organisation` (an object that replaces the one of its key).
"""

import json
import time
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from adapters.registries import messages
from adapters.registries.twin.data import MODES, Data
from crypto.errors import TokenRejected
from crypto.keys.handle import Signer

SLOW_SECONDS: Final = 30
LARGEST: Final = 1 << 16
HOST: Final = "127.0.0.1"


class Twin:
    """A WSGI application."""

    def __init__(
        self,
        data: Data,
        signer: Signer,
        stranger: Signer,
        keys: list[dict[str, Any]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.data = data
        self._signer = signer
        self._stranger = stranger
        self._keys = keys
        self._clock = clock

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        path = environ["PATH_INFO"].strip("/")
        length = min(int(environ.get("CONTENT_LENGTH") or 0), LARGEST)
        body = environ["wsgi.input"].read(length) if environ["REQUEST_METHOD"] == "POST" else b""
        if path == "health":
            status, content = "200 OK", b"{}"
        elif path == "config":
            status, content = self._configured(body)
        else:
            status, content = self._answered(path, body)
        kind = messages.CONTENT_TYPE if status.startswith("200") and path != "config" else "application/json"
        start_response(status, [("Content-Type", kind), ("Content-Length", str(len(content)))])
        return [content]

    def _answered(self, source: str, body: bytes) -> tuple[str, bytes]:
        mode = self.data.mode
        if mode == "down":
            return "503 Service Unavailable", b"{}"
        if mode == "slow":
            time.sleep(SLOW_SECONDS)
        now = self._clock()
        try:
            question = messages.read_question(body.decode("ascii"), list(self._keys), source, now)
        except (TokenRejected, UnicodeDecodeError):
            return "401 Unauthorized", b"{}"
        result = {"code": "refused", "reference": "-"} if mode == "refuse" else self._result(source, question)
        if mode == "other_question":
            question = {**question, "jti": "another"}
        signer = self._stranger if mode == "bad_signature" else self._signer
        text = messages.answer(signer, source, question, result, now).encode("ascii")
        return "200 OK", text[: len(text) // 2] if mode == "half" else text

    def _result(self, source: str, question: dict[str, Any]) -> dict[str, object]:
        args = question["args"]
        match question["op"]:
            case "check":
                return self.data.check(source, args)
            case "find":
                return self.data.find(args)
            case "find_by_identifier":
                return self.data.find_by_identifier(args)
            case "check_representative":
                return self.data.check_representative(args)
        return {"code": "refused", "reference": "-"}

    def _configured(self, body: bytes) -> tuple[str, bytes]:
        wanted = json.loads(body or b"{}")
        mode = wanted.get("mode", self.data.mode)
        if mode not in MODES:
            return "400 Bad Request", b"{}"
        self.data.mode = mode
        if person := wanted.get("person"):
            self.data.persons[f"{person['id_kind']}|{person['id_number']}"] = person
        if organisation := wanted.get("organisation"):
            self.data.organisations[organisation["uscc"]] = organisation
        return "200 OK", json.dumps({"mode": self.data.mode, "asked": self.data.asked}).encode()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing: questions are about persons."""


def listening(application: Twin, port: int) -> WSGIServer:
    """A server on the loopback address; port 0 takes a free one."""
    return make_server(HOST, port, application, server_class=_Server, handler_class=_Quiet)
