"""An HTTP server on loopback that remembers what it was asked, for tests of the way out."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answerer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """An HTTP server on loopback that remembers what it was asked."""

    def __init__(self, answer: Answerer) -> None:
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                seen.append((self.command, self.path, dict(self.headers), body))
                try:
                    answer(self)
                except OSError:
                    self.close_connection = True

            do_GET = do_POST = _any  # noqa: N815 - names that http.server calls

            def log_message(self, *_: object) -> None:
                """Keep the test output clean."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]

    @contextmanager
    def running(self) -> Iterator["Server"]:
        """Serve while the block lasts."""
        thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield self
        finally:
            self.http.shutdown()
            thread.join()
            self.http.server_close()


def answering(body: bytes, status: int = 200, **headers: str) -> Answerer:
    """Answer with this."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer
