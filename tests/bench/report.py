"""The figures beside the aim: a table for people, one object for programs."""

from dataclasses import asdict, dataclass
from statistics import quantiles

from rich.console import Console
from rich.table import Table

from tests.bench.keys import KeyLine
from tests.bench.load import Measured

AIMS_US: dict[str, float] = {
    "discovery": 30,
    "client_credentials_es256": 110,
    "client_credentials_sm2": 165,
    "introspection": 104,
    "userinfo": 140,
    "refresh": 500,
    "sso_hop": 670,
}
"""Processor time of the server for one operation, in µs (aim of the first release)."""
SIGN_IN_SHARE = 0.9
READY_SECONDS, RSS_MIB, IDLE_PERCENT = 3.0, 150.0, 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """One scenario: operations per second, latencies in ms, processor time in µs per operation, by process."""

    per_second: float
    p50_ms: float
    p99_ms: float
    server_us: float
    postgresql_us: float
    redis_us: float
    generator_us: float
    aim_us: float


@dataclass(frozen=True, slots=True)
class Process:
    """The provider's process: start until ready, memory of the worker after the load, load without requests."""

    ready_seconds: float
    rss_mib: float
    pss_mib: float
    idle_percent: float


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured."""

    seconds: float
    connections: int
    hash_us: float
    process: Process
    scenarios: dict[str, Line]
    keys: dict[str, KeyLine]


def line(name: str, measured: Measured, hash_us: float) -> Line:
    """The figures of one scenario. The aim of a sign-in follows from what its hash alone costs."""
    done = len(measured.latencies)
    cuts = quantiles(measured.latencies, n=100, method="inclusive") if done > 1 else measured.latencies * 99
    cost = {name: seconds / done * 1e6 for name, seconds in measured.cost.items()}
    return Line(
        done / measured.seconds,
        cuts[49] * 1e3,
        cuts[98] * 1e3,
        cost["server"],
        cost["postgresql"],
        cost["redis"],
        cost["generator"],
        AIMS_US.get(name) or hash_us / SIGN_IN_SHARE,
    )


def as_json(report: Report) -> dict[str, object]:
    """The report as one JSON object, names of fields as above."""
    return asdict(report)


def show(report: Report, console: Console) -> None:
    """Print the table."""
    table = Table(title=f"Per operation; {report.connections} connections, {report.seconds:g} s each")
    for heading in (
        "",
        "per s",
        "p50 ms",
        "p99 ms",
        "server µs",
        "aim µs",
        "of aim",
        "PostgreSQL µs",
        "Redis µs",
    ):
        table.add_column(heading, justify="right" if heading else "left")
    for name, one in report.scenarios.items():
        share = one.server_us / one.aim_us
        table.add_row(
            name,
            f"{one.per_second:,.0f}",
            f"{one.p50_ms:.2f}",
            f"{one.p99_ms:.2f}",
            f"{one.server_us:,.0f}",
            f"{one.aim_us:,.0f}",
            f"[{'green' if share <= 1 else 'red'}]{share:.2f}×[/]",
            f"{one.postgresql_us:,.0f}",
            f"{one.redis_us:,.0f}",
        )
    console.print(table)
    _show_keys(report, console)
    process = report.process
    console.print(
        f"ready {process.ready_seconds:.2f} s (aim {READY_SECONDS:g}), worker {process.rss_mib:.0f} MiB RSS"
        f" (aim {RSS_MIB:g}), {process.pss_mib:.0f} MiB PSS, idle {process.idle_percent:.2f} % (aim {IDLE_PERCENT:g}),"
        f" one hash {report.hash_us:,.0f} µs"
    )


def _show_keys(report: Report, console: Console) -> None:
    table = Table(title="Signatures through the whole provider path, one core, processor time")
    table.add_column("")
    for heading in ("per s", "µs"):
        table.add_column(heading, justify="right")
    for name, one in report.keys.items():
        table.add_row(name, f"{one.per_second:,.0f}", f"{one.us:,.1f}")
    console.print(table)
    sm2, es256 = (report.scenarios.get(f"client_credentials_{one}") for one in ("sm2", "es256"))
    if sm2 and es256:
        console.print(
            f"token endpoint: SM2 takes {sm2.server_us / es256.server_us:.2f} × the server time of ES256"
        )
