"""The cases of page_cases.py over HTTP on 127.0.0.1, under the policy that the product sends."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import ThreadingMixIn
from urllib.parse import parse_qs, parse_qsl, urlencode
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from idp.humanity import picture, sound
from idp.web.exchange import Headers
from idp.web.headers import PAGE_HEADERS, hand_off_headers
from idp.web.static_files import StaticFiles
from tests.support.page_case import PageCase
from tests.support.page_cases import page_cases

HAND_OFF = ("login/hand_off.html", "login/form_post.html")


@dataclass
class PageServer:
    """Serves each case at `/page/<name>`; remembers what was posted to any address.

    `partner` is the one other origin to which the hand-off pages may send a form.
    """

    cases: dict[str, PageCase] = field(default_factory=lambda: {case.name: case for case in page_cases()})
    partner: str = "https://gjj.demo.example"
    address: str = ""
    posted: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    _static: StaticFiles = field(default_factory=StaticFiles)

    def url(self, name: str, language: str = "zh-CN", theme: str = "auto", size: str = "normal") -> str:
        """Give the address of a case for a person of these preferences."""
        return f"{self.address}/page/{name}?{urlencode({'language': language, 'theme': theme, 'size': size})}"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        path = environ["PATH_INFO"]
        headers: Headers = PAGE_HEADERS
        content, content_type = b"", "text/html; charset=utf-8"
        if environ["REQUEST_METHOD"] == "POST":
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
            self.posted.append((path, parse_qs(body, keep_blank_values=True)))
            content = b"<!doctype html><title>received</title>"
        elif found := self._static.find(path):
            content, content_type = found.content, found.content_type
        elif path == "/humanity/picture":
            is_large = "large=1" in environ["QUERY_STRING"]
            content, content_type = picture.draw("48213", b"synthetic", is_large=is_large), "image/png"
        elif path == "/humanity/sound":
            content, content_type = sound.beep("3152", b"synthetic"), "audio/wav"
        elif case := self.cases.get(path.removeprefix("/page/")):
            content = case.render(**dict(parse_qsl(environ["QUERY_STRING"])))
            headers = hand_off_headers(self.partner) if case.template in HAND_OFF else PAGE_HEADERS
        sent = [("Content-Type", content_type), ("Cache-Control", "no-store"), *headers]
        start_response("200 OK" if content else "404 Not Found", sent)
        return [content]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""


@contextmanager
def serve(application: PageServer) -> Iterator[PageServer]:
    """Serve on a free port until the block ends; the address stands in `application.address`."""
    server = make_server("127.0.0.1", 0, application, server_class=_Server, handler_class=_Quiet)
    application.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield application
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
