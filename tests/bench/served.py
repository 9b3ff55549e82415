"""The provider as operators run it, in a process of its own on one core."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep

from tests.bench import usage
from tests.bench.messages import Unexpected
from tests.support.servers import free_port

START_SECONDS = 30.0
STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Served:
    """The running provider: `pid` is the command's own, its workers are below it."""

    pid: int
    port: int
    ready_seconds: float

    def memory_mib(self) -> tuple[float, float]:
        """Resident and proportional memory of the worker, the largest process below the command."""
        return max(usage.memory_mib(pid) for pid in usage.descendants(self.pid))


@contextmanager
def served(environment: dict[str, str], cores: set[int]) -> Iterator[Served]:
    """Start `yihao serve` with one worker on these cores, wait until it is ready, and end it at last."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("yihao")), "serve", "--port", str(port)]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("YIHAO_")}
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        begun = perf_counter()
        process = subprocess.Popen(command, env=inherited | environment, stdout=sys.stderr)
    finally:
        os.sched_setaffinity(0, own)
    try:
        while not _is_ready(port):
            if process.poll() is not None or perf_counter() - begun > START_SECONDS:
                raise Unexpected("the provider did not become ready")
            sleep(0.01)
        yield Served(process.pid, port, perf_counter() - begun)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _is_ready(port: int) -> bool:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        link.request("GET", "/health/ready")
        return link.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()
