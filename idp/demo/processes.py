"""The servers of a demo: started, waited for, watched and ended together.

starting ──every address answers──▶ serving ──stop asked──▶ ended
    └──one ends, or 60 s pass──▶ failed ◀──one ends──┘
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from idp.demo import guardian
from idp.demo.instance import DemoRefused

READY_SECONDS = 60.0
STEP_SECONDS = 0.05
END_SECONDS = 10.0

Answers = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Server:
    """What to start. `health` is asked until it answers; None for a process without an address."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    health: str | None
    directory: Path | None = None


class Servers:
    """Runs servers, each in a process group of its own with a log of its own, and outlives none of them."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._guardian: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Servers":
        self._logs.mkdir(mode=0o700, exist_ok=True)
        self._guardian = subprocess.Popen(  # noqa: S603 - our own module under our own interpreter
            [sys.executable, "-m", guardian.__name__], stdin=subprocess.PIPE, start_new_session=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def log_of(self, name: str) -> Path:
        """Where a server writes what it has to say."""
        return self._logs / f"{name}.log"

    def start(self, servers: Sequence[Server]) -> None:
        """Start all servers at once."""
        for server in servers:
            with self.log_of(server.name).open("wb") as log:
                process = subprocess.Popen(  # noqa: S603 - commands are put together here, nothing comes from outside
                    server.command,
                    env=dict(server.environment),
                    cwd=server.directory,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            self._running[server.name] = process
            self._tell_guardian(str(process.pid))

    def wait_ready(self, servers: Sequence[Server], answers: Answers, stop: threading.Event) -> bool:
        """Wait until every address answers; False when `stop` came first.

        Raises DemoRefused when a server ends meanwhile, or after 60 s.
        """
        waiting = {server.name: server.health for server in servers if server.health is not None}
        deadline = time.monotonic() + READY_SECONDS
        while waiting:
            self.require_running()
            for name, health in list(waiting.items()):
                if answers(health):
                    del waiting[name]
            if time.monotonic() > deadline:
                name = next(iter(waiting))
                raise DemoRefused("demo.silent", name=name, log=self.log_of(name), seconds=int(READY_SECONDS))
            if stop.wait(STEP_SECONDS):
                return False
        self.require_running()
        return True

    def require_running(self) -> None:
        """Raise DemoRefused when a server has ended: none is started again silently."""
        for name, process in self._running.items():
            code = process.poll()
            if code is not None:
                raise DemoRefused("demo.ended", name=name, log=self.log_of(name), exit_code=code)

    def _end(self) -> None:
        """Ask every server to end, together; kill the groups of those that do not, and what a dead one left behind."""
        for process in self._running.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + END_SECONDS
        for process in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            guardian.send(process.pid, 9)
            process.wait()
        if self._guardian is not None:
            self._tell_guardian(guardian.DONE)
            stdin = _pipe(self._guardian)
            with suppress(BrokenPipeError):
                stdin.close()
            self._guardian.wait(END_SECONDS)

    def _tell_guardian(self, line: str) -> None:
        if self._guardian is not None:
            with suppress(BrokenPipeError):
                stdin = _pipe(self._guardian)
                stdin.write(f"{line}{os.linesep}".encode())
                stdin.flush()


def _pipe(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdin is None:
        raise ValueError("the guardian was started without a pipe")
    return process.stdin
