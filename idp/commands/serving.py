"""`yihao serve` and `yihao worker`."""

import multiprocessing
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from idp.commands import instance, terminal
from idp.commands.worded import command, option
from idp.jobs import Worker, stop_on_signals
from idp.keys import engine
from idp.observe.metrics import FOLDER

PUBLIC: Final = ("idp.main:create_public_app", 8400)
ADMIN: Final = ("idp.main:create_admin_app", 8401)
THREADS_BESIDE_HASHING: Final = 2
"""Threads that stay free for other requests while every hashing place is taken."""
BACKPRESSURE: Final = 256
"""Requests in a process at once; further ones wait in the socket's queue."""
BACKLOG: Final = 1024
STOP_SECONDS: Final = 15
"""How long a process may finish its requests after SIGTERM."""


@command("serve")
@option("--host", default="127.0.0.1", show_default=True, help="option.host")
@option("--port", type=click.IntRange(1, 65535), help="option.port")
@option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="option.workers")
@option("--admin", "is_admin", is_flag=True, help="option.admin")
def serve(host: str, port: int | None, workers: int, is_admin: bool) -> None:
    """Check that the instance can serve, then serve until SIGTERM or Ctrl-C."""
    target, usual_port = ADMIN if is_admin else PUBLIC
    port = port or usual_port
    settings = instance.settings()
    with instance.services(settings):
        # Everything was built and checked once: whatever is wrong is said here, not by a process that dies.
        _require_free(host, port)
    with _shared_counters(workers):
        server = Granian(
            target,
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            factory=True,
            workers=workers,
            blocking_threads=settings.passwords.parallel + THREADS_BESIDE_HASHING,
            backpressure=BACKPRESSURE,
            backlog=BACKLOG,
            workers_kill_timeout=STOP_SECONDS,
            log_level=LogLevels.warning,
        )
        server.on_startup(lambda: terminal.say("serve.ready", address=f"http://{_shown(host)}:{port}"))
        try:
            server.serve()
        except SystemExit as end:
            raise terminal.Fault("serve.failed") from end
    terminal.say("serve.stopped")


@command("worker")
def worker() -> None:
    """Run the periodic jobs until SIGTERM or Ctrl-C; a job under way is finished."""
    stop = threading.Event()
    stop_on_signals(stop)
    with instance.services(instance.settings()) as services:
        engine.tell()
        terminal.say("worker.ready", jobs=", ".join(job.name for job in services.jobs))
        Worker(services.jobs, services.sql, services.clock, stop, services.foundation.metrics).run()
    terminal.say("worker.stopped")


def _require_free(host: str, port: int) -> None:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError:
        raise terminal.Fault("address.taken", address=f"{_shown(host)}:{port}") from None


@contextmanager
def _shared_counters(workers: int) -> Iterator[None]:
    """A folder in which several processes count together.

    The counting library reads its place when it is loaded, so the processes must load it anew: spawned, not forked.
    """
    if workers == 1 or FOLDER in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="yihao-metrics-") as folder:
        os.environ[FOLDER] = folder
        multiprocessing.set_start_method("spawn", force=True)
        try:
            yield
        finally:
            del os.environ[FOLDER]


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
