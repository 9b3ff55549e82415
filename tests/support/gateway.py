"""What stands in front of the provider in tests: nginx under the example of specs/deploy, and the server behind it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.openssl_ca import Pair
from tests.support.servers import MissingProgram, free_port

ROOT: Final = Path(__file__).parents[2]
EXAMPLE: Final = ROOT / "specs" / "deploy" / "nginx.conf"
HEADER: Final = "YihaoClientCert"
START_SECONDS: Final = 60.0
STEP_SECONDS: Final = 0.05
PATHS: Final = {
    "/etc/yihao/tls/server.pem": "server.pem",
    "/etc/yihao/tls/server.key": "server.key",
    "/etc/yihao/tls/client-roots.pem": "client-roots.pem",
    "/var/log/nginx/yihao-error.log": "error.log",
    "/var/log/nginx/yihao-access.log": "access.log",
    "/var/lib/nginx/yihao-body": "body",
    "/var/lib/nginx/yihao-proxy": "proxy",
    "/run/yihao-nginx.pid": "nginx.pid",
}
"""The places of the example, and what they are called in the folder of a test."""


@contextmanager
def granian(target: str, environment: Mapping[str, str], log: Path, port: int | None = None) -> Iterator[int]:
    """The product's server on a WSGI factory until the block ends; gives its port on 127.0.0.1."""
    port = port or free_port()
    arguments = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--factory"]
    command = [sys.executable, "-m", "granian", *arguments, target]
    with running(command, port, log, environment):
        yield port


@contextmanager
def nginx(
    folder: Path, server: Pair, client_root: Pair, upstream: int, header: str = HEADER
) -> Iterator[int]:
    """nginx under the example, in front of port `upstream`, until the block ends; gives its port on 127.0.0.1.

    Only places, ports and, for `header`, the name of the certificate header differ from the file.
    """
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise MissingProgram("nginx is not installed (Debian package nginx).")
    folder.mkdir()
    port = free_port()
    for name, file in (
        ("server.pem", server.certificate),
        ("server.key", server.key),
        ("client-roots.pem", client_root.certificate),
    ):
        shutil.copy(file, folder / name)
    (folder / "nginx.conf").write_text(_placed(folder, port, upstream, header))
    # Started by root, nginx would change to a user who may not enter the folder of a test.
    directives = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
    command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    with running([*command, "-g", directives], port, folder / "output.log", {}):
        yield port


@contextmanager
def running(command: list[str], port: int, log: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """A server in a process group of its own, from when its port takes connections until the block ends."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            cwd=ROOT,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not listens(port):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()[-3000:]
            time.sleep(STEP_SECONDS)
        yield
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def listens(port: int) -> bool:
    """Whether somebody takes connections on this port of 127.0.0.1."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def _placed(folder: Path, port: int, upstream: int, header: str) -> str:
    text = EXAMPLE.read_text("utf-8")
    changes = {place: str(folder / name) for place, name in PATHS.items()} | {
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "server 127.0.0.1:8400;": f"server 127.0.0.1:{upstream};",
        f"proxy_set_header {HEADER} ": f"proxy_set_header {header} ",
        "worker_processes auto;": "worker_processes 1;",
    }
    for old, new in changes.items():
        assert text.count(old) == 1, f"specs/deploy/nginx.conf does not have exactly one {old!r}"
        text = text.replace(old, new)
    return text
