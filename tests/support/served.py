"""A provider on a port of localhost, for a real browser: passkeys need a host with a name."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from tests.support.provider import Provider, SqliteTemplate


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing: a test's output is the test's."""


@contextmanager
def served(directory: Path, template: SqliteTemplate, **environment: str) -> Iterator[Provider]:
    """A provider whose issuer is the address at which it listens, until the block ends."""
    server = make_server("127.0.0.1", 0, lambda *_: [], server_class=_Server, handler_class=_Quiet)
    issuer = f"http://localhost:{server.server_port}"
    provider = Provider({**template.copy(directory), **environment, "YIHAO_ISSUER": issuer})
    server.set_app(provider.app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        provider.close()
