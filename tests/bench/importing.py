"""How fast `yihao person import` is on PostgreSQL, and by how much COPY beats statements: `python -m tests.bench.importing`."""

import cProfile
import os
import pstats
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final
from unittest.mock import patch

import click
import orjson
from sqlalchemy import Connection, Table, insert

from idp.accounts import import_file
from idp.accounts.commands_import import import_of
from idp.audit.event import Place
from idp.composition import load_settings, prepare, wire
from idp.importing.engine import Engine
from idp.importing.port import ImportRun
from idp.importing.report import ErrorFile, ImportReport
from idp.storage import bulk
from tests.support.servers import PostgresServer
from tests.support.synthetic import FIRST_BIRTH, synthetic_id_number

YIHAO: Final = [sys.executable, "-c", "from idp.cli import main; main(prog_name='yihao')"]
DAYS, SEQUENCES = 1800, 1000
HASHES: Final = {
    "none": "",
    "pbkdf2": "$pbkdf2-sha256$100000$c2FsdHNhbHRzYWx0c2FsdA$" + "A" * 43,
    "bcrypt": "$2b$10$" + "." * 22 + "A" * 31,
    "md5": "$md5$ps$73616c74$" + "0" * 32,
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one import: rows a second by the clock and by processor time of this process, and peak memory in MiB."""

    rows: int
    per_second: float
    per_cpu_second: float
    peak_mib: float


@click.command("python -m tests.bench.importing")
@click.option("--rows", type=click.IntRange(1, 20_000_000), default=200_000, show_default=True)
@click.option("--hashes", type=click.Choice(list(HASHES)), default="none", show_default=True)
@click.option("--compared", type=click.IntRange(0, 1_000_000), default=20_000, show_default=True)
@click.option(
    "--profile", "is_profiled", is_flag=True, help="Print where the time of one process goes instead."
)
def main(rows: int, hashes: str, compared: int, is_profiled: bool) -> None:
    """Import persons by the command, then a part of them with and without COPY in this process."""
    with _postgresql() as (postgres, root):
        source = persons_file(root / "persons.csv", rows, HASHES[hashes])
        if is_profiled:
            profile = cProfile.Profile()
            profile.enable()
            _inside(_environment(postgres, root, "profiled"), source)
            profile.disable()
            pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(40)
            return
        figures = {"command": by_command(_environment(postgres, root, "command"), source)}
        if compared:
            part = persons_file(root / "part.csv", compared, HASHES[hashes])
            figures["copy"] = _inside(_environment(postgres, root, "copy"), part)
            with patch.object(bulk, "insert", _by_statement):
                figures["statements"] = _inside(_environment(postgres, root, "statements"), part)
    click.echo(orjson.dumps(figures, option=orjson.OPT_INDENT_2))


def persons_file(path: Path, rows: int, password_hash: str) -> Path:
    """A file of persons who belong to nobody, each with number, name, mobile number and level."""
    with path.open("w", encoding="utf-8") as out:
        out.write("姓名,证件号码,手机号,等级,密码散列\n")
        for n in range(rows):
            day, sequence = divmod(n, SEQUENCES)
            region = f"14{day // DAYS:02d}99"
            number = synthetic_id_number(sequence, FIRST_BIRTH + timedelta(days=day % DAYS), region)
            out.write(f"测试{chr(0x4E00 + n % 20_000)},{number},199{n:08d},1,{password_hash}\n")
    return path


def by_command(environment: dict[str, str], source: Path) -> Figures:
    """The command in a process of its own; a wrong count fails the run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = perf_counter()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("YIHAO_")}
    command = [*YIHAO, "person", "import", str(source), "--json"]
    ended = subprocess.run(command, env=inherited | environment, capture_output=True, check=False)
    seconds = perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode != 0:
        raise click.ClickException(ended.stderr.decode(errors="replace")[-2000:])
    rows = int(orjson.loads(ended.stdout)["added"])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Figures(rows, round(rows / seconds), round(rows / cpu), after.ru_maxrss / 1024)


def _inside(environment: dict[str, str], source: Path) -> Figures:
    """The same in this process."""
    services = wire(load_settings(environment), log_to=sys.stderr.buffer)
    try:
        what = import_of(services, are_weak_kept=True)
        report = ImportReport()
        run = ImportRun("bench", Place("bench", "-"), False, lambda: False, lambda _line: None)
        begun, cpu = perf_counter(), process_time()
        with import_file.opened(source) as file:
            engine = Engine(services.sql, services.clock, services.audit, what)
            engine.run(file, run, report, ErrorFile(None, what.vocabulary))
        seconds, cpu = perf_counter() - begun, process_time() - cpu
    finally:
        services.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Figures(report.added, round(report.added / seconds), round(report.added / cpu), peak)


def _by_statement(db: Connection, table: Table, columns: Any, rows: Any) -> None:
    """What `bulk.insert` replaced."""
    if values := [dict(zip(columns, row, strict=True)) for row in rows]:
        db.execute(insert(table), values)


def _environment(postgres: PostgresServer, root: Path, name: str) -> dict[str, str]:
    """A prepared instance on a database of its own."""
    environment = {
        "YIHAO_ISSUER": "https://id.province.test",
        "YIHAO_PROFILE": "sandbox",
        "YIHAO_DATABASE__URL": postgres.create_database(name),
        "YIHAO_KEYS__ROOT_KEY_FILE": str(root / f"{name}.key"),
        "LC_ALL": "en_US.UTF-8",
    }
    prepare(load_settings(environment))
    return environment


@contextmanager
def _postgresql() -> Iterator[tuple[PostgresServer, Path]]:
    root = Path(tempfile.mkdtemp(prefix="yihao-bench-"))
    root.chmod(0o711)  # PostgreSQL runs as another user when this runs as root
    postgres = PostgresServer(root / "postgres")
    try:
        postgres.start()
        yield postgres, root
    finally:
        postgres.stop()
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
