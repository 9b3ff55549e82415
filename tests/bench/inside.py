"""The same scripts against the application in this process: where does the time go?"""

import cProfile
import pstats
from io import BytesIO
from time import process_time
from typing import Any

from idp.composition import load_settings, wire
from idp.main import public_app
from idp.web.door import Door
from tests.bench.instance import Instance
from tests.bench.load import DONE, Script
from tests.bench.messages import Answer
from tests.bench.scripts import SCRIPTS

WARM_UP = 100
BATCHES = 5
LINES = 60


def profile(instance: Instance, name: str, operations: int) -> float:
    """Print where one scenario spends its time and return its processor time per operation in µs, without profiler."""
    services = wire(load_settings(instance.environment))
    try:
        app = public_app(services)
        script = SCRIPTS[name](instance.world, 0)
        answer = _run(app, script, None, WARM_UP)
        costs = []
        for _ in range(BATCHES):
            before = process_time()
            answer = _run(app, script, answer, operations)
            costs.append((process_time() - before) / operations * 1e6)
        profiler = cProfile.Profile(process_time)
        profiler.enable()
        _run(app, script, answer, operations)
        profiler.disable()
        statistics = pstats.Stats(profiler)
        statistics.sort_stats("tottime").print_stats(LINES)
        statistics.sort_stats("cumulative").print_stats(LINES)
        return min(costs)
    finally:
        services.close()


def _run(app: Door, script: Script, answer: Answer | None, operations: int) -> Answer | None:
    """Drive a script over so many operations from where `answer` left it; returns where to go on."""
    done = 0
    while True:
        request = next(script) if answer is None else script.send(answer)
        if request is DONE:
            done, answer = done + 1, None
            if done == operations:
                return None
        else:
            answer = _call(app, request)


def _call(app: Door, request: bytes) -> Answer:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
    }
    for line in lines:
        name, _, value = line.partition(": ")
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        started[:] = status, headers

    content = b"".join(app(environ, start_response))
    lines_out = b"\r\n".join(f"{name}: {value}".encode("latin-1") for name, value in started[1])
    return Answer(int(started[0][:3]), b"HTTP/1.1\r\n" + lines_out + b"\r\n", content)
