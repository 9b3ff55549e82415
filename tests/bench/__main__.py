"""The command: measure every scenario, or one; or show where one spends its time."""

import os
from statistics import median
from time import process_time, sleep

import click
import orjson
from rich.console import Console

from crypto.passwords import PasswordHasher
from tests.bench import inside, usage
from tests.bench.instance import SEATS, Instance, instance
from tests.bench.keys import key_lines
from tests.bench.load import measure
from tests.bench.messages import Unexpected
from tests.bench.report import Line, Process, Report, as_json, line, show
from tests.bench.scripts import SCRIPTS
from tests.bench.served import Served, served

WARM_UP_SECONDS = 1.0
SETTLE_SECONDS = 1.0
"""Sign-ins that were under way when the last scenario ended are worked off before idleness is measured."""
HASHES = 9
PROFILED = 300

_names = click.Choice(list(SCRIPTS))


@click.command("python -m tests.bench")
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 600),
    default=5.0,
    show_default=True,
    help="Measured time of each scenario.",
)
@click.option("--only", type=_names, multiple=True, help="Measure this scenario only; may be given again.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object instead of the table.")
@click.option(
    "--profile", "profiled", type=_names, help="Print a profile of this scenario in one process instead."
)
def main(seconds: float, only: tuple[str, ...], is_json: bool, profiled: str | None) -> None:
    """Measure what one request costs, on PostgreSQL and Redis of this run. A wrong answer fails the run."""
    server_cores, other_cores = usage.cores()
    os.sched_setaffinity(0, other_cores)
    console = Console(stderr=True, soft_wrap=True)
    with instance() as stores:
        if profiled:
            cost = inside.profile(stores, profiled, PROFILED)
            console.print(f"{profiled}: {cost:,.0f} µs of this process per operation without the profiler")
            return
        try:
            with served(stores.environment, server_cores) as server:
                report = _measured(stores, server, only or tuple(SCRIPTS), seconds, console)
        except Unexpected as fault:
            raise click.ClickException(str(fault)) from fault
    if is_json:
        click.echo(orjson.dumps(as_json(report), option=orjson.OPT_INDENT_2))
    else:
        show(report, Console(width=140))


def _measured(
    stores: Instance, server: Served, names: tuple[str, ...], seconds: float, console: Console
) -> Report:
    hash_us = _hash_us()
    scenarios: dict[str, Line] = {}

    def cost() -> dict[str, float]:
        return {
            "server": usage.cpu_seconds(server.pid),
            "postgresql": usage.cpu_seconds(stores.postgres_pid),
            "redis": usage.cpu_seconds(stores.redis_pid),
            "generator": process_time(),
        }

    warm_up = min(WARM_UP_SECONDS, seconds)
    for name in names:
        console.print(f"{name} …", style="dim")
        scripts = [SCRIPTS[name](stores.world, seat) for seat in range(SEATS)]
        try:
            measured = measure(server.port, scripts, warm_up, seconds, cost)
        except Unexpected as fault:
            raise Unexpected(f"{name}: {fault}") from fault
        scenarios[name] = line(name, measured, hash_us)
    sleep(SETTLE_SECONDS)
    before = usage.cpu_seconds(server.pid)
    sleep(seconds)
    idle = (usage.cpu_seconds(server.pid) - before) / seconds * 100
    return Report(
        seconds,
        SEATS,
        hash_us,
        Process(server.ready_seconds, *server.memory_mib(), idle),
        scenarios,
        key_lines(stores),
    )


def _hash_us() -> float:
    """What one password check at production's cost takes, in µs of processor time."""
    hasher = PasswordHasher({1: bytes(32)}, 1)
    stored = hasher.hash("bench")
    times = []
    for _ in range(HASHES):
        before = process_time()
        hasher.verify(stored, "bench")
        times.append(process_time() - before)
    return median(times) * 1e6


if __name__ == "__main__":
    main(prog_name="python -m tests.bench")
