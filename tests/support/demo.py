"""A running `yihao demo` for tests: free ports, a directory of its own, ended when the block ends."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from idp.demo.instance import PORTS

COMMAND = (sys.executable, "-c", "from idp.cli import main; main()", "demo")
READY_SECONDS = 60.0
ENDED_SECONDS = 20.0
STEP_SECONDS = 0.05
FIRST_PORT = 10_000
PORT_BLOCKS = 3_700


@contextmanager
def demo(directory: Path, port: int | None = None) -> Iterator[dict[str, Any]]:
    """A running demo and its `demo.json`; ended by SIGTERM, which must end it well."""
    # The one of an earlier run stays when that run ends, and would be taken for readiness.
    (directory / "demo.json").unlink(missing_ok=True)
    with started(directory, port or free_ports()) as process:
        yield wait_ready(process, directory)
        process.send_signal(signal.SIGTERM)
        assert process.wait(ENDED_SECONDS) == 0


@contextmanager
def started(directory: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The command, begun; killed at the end if it still runs."""
    with (directory / "stdout").open("wb") as out, (directory / "stderr").open("wb") as err:
        process = subprocess.Popen(COMMAND, env=environment(directory, port), stdout=out, stderr=err)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def environment(directory: Path, port: int) -> dict[str, str]:
    """The environment of the command, with settings of another instance that must not reach it."""
    plain = {
        name: value for name, value in os.environ.items() if not name.startswith(("YIHAO_", "LC_", "LANG"))
    }
    return {
        **plain,
        "YIHAO_DEMO_PORT": str(port),
        "YIHAO_DEMO_DIR": str(directory),
        "YIHAO_DATABASE__URL": "sqlite:////nowhere/other.db",
    }


def wait_ready(process: subprocess.Popen[bytes], directory: Path) -> dict[str, Any]:
    """`demo.json` as soon as it is there."""
    file = directory / "demo.json"
    deadline = time.monotonic() + READY_SECONDS
    while not file.exists():
        assert process.poll() is None, (directory / "stderr").read_text("utf-8")
        assert time.monotonic() < deadline, "not ready in time"
        time.sleep(STEP_SECONDS)
    assert file.stat().st_mode & 0o077 == 0
    return dict(json.loads(file.read_text("utf-8")))


def free_ports() -> int:
    """The first of six free ports in a row, from below those that the system gives to outgoing connections.

    Between this answer and the servers' start lie seconds on a busy machine: a port of that range would be taken.
    """
    for _ in range(50):
        first = FIRST_PORT + PORTS * secrets.randbelow(PORT_BLOCKS)
        if not any(listens(f"http://127.0.0.1:{first + i}") for i in range(PORTS)):
            return first
    raise AssertionError("no six free ports")


def listens(address: str) -> bool:
    """Whether somebody takes connections there."""
    try:
        httpx.get(address, timeout=2)
    except httpx.TransportError:
        return False
    return True
