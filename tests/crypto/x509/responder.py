"""A real OCSP responder on loopback: `openssl ocsp` answers, a small server on 127.0.0.1 carries the bytes.

`openssl ocsp -port` would listen on every interface of the machine, so it is run once for each request instead.
"""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.request import Request, urlopen


class Responder:
    """OpenSSL's responder over an index of good and revoked serial numbers."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        self._options = options
        self.asked = 0

    def index(self, good: list[int], revoked: list[int]) -> None:
        """Say who is good and who is revoked."""
        lines = [f"V\t491231000000Z\t\t{_hex(serial)}\tunknown\t/CN=x" for serial in good]
        lines += [
            f"R\t491231000000Z\t261201000000Z,keyCompromise\t{_hex(each)}\tunknown\t/CN=x" for each in revoked
        ]
        (self._folder / "index.txt").write_text("\n".join(lines) + "\n")

    def answer(self, request: bytes) -> bytes:
        """Let OpenSSL answer one request."""
        self.asked += 1
        (self._folder / "request.der").write_bytes(request)
        fixed = "openssl ocsp -index index.txt -CA issuer.pem -rsigner signer.pem -rkey signer.key -ndays 2"
        files = ["-reqin", "request.der", "-respout", "answer.der"]
        subprocess.run(
            [*fixed.split(), *files, *self._options], check=True, capture_output=True, cwd=self._folder
        )
        return (self._folder / "answer.der").read_bytes()


@contextmanager
def served(responder: Responder) -> Iterator[str]:
    """The address at which it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name is http.server's
            body = responder.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/ocsp-response")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def fetch(address: str, body: bytes | None) -> bytes:
    """The way out of these tests."""
    headers = {"Content-Type": "application/ocsp-request"} if body else {}
    with urlopen(Request(address, body, headers), timeout=10) as answer:
        content: bytes = answer.read()
    return content


def _hex(serial: int) -> str:
    text = f"{serial:X}"
    return text if len(text) % 2 == 0 else f"0{text}"
