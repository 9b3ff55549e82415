"""Servers of the run: one PostgreSQL and one Redis, shared by all workers and apart by database.

The addresses travel in the environment (YIHAO_TEST_POSTGRES, YIHAO_TEST_REDIS). Whoever sets them before the
run gives servers of his own. Otherwise, with pytest-xdist the controller starts them before the workers; in
one process they start when the first test asks.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.support.servers import (
    MissingProgram,
    PostgresServer,
    RedisServer,
    create_database,
    postgres_version,
    redis_cli,
    redis_version,
)

POSTGRES: Final = "YIHAO_TEST_POSTGRES"
REDIS: Final = "YIHAO_TEST_REDIS"


@dataclass(frozen=True, slots=True)
class Postgres:
    """PostgreSQL as one worker sees it: `url` is the worker's own, empty database."""

    server_url: str
    worker: str
    url: str

    def create_database(self, name: str, template: str = "template0") -> str:
        """A further database of this worker, made anew; `template` is a name given here before, or a server's
        own.
        """
        source = template if template.startswith("template") else self._named(template)
        return create_database(self.server_url, self._named(name), source)

    def _named(self, name: str) -> str:
        return f"{self.worker}_{name}"


@dataclass(frozen=True, slots=True)
class Redis:
    """Redis as one worker sees it: `url` names the worker's own database number."""

    url: str

    def flush(self) -> None:
        """Empty the worker's database."""
        redis_cli(self.url, "FLUSHDB")

    def cli(self, *arguments: str) -> bytes:
        """What redis-cli answers for the worker's database."""
        return redis_cli(self.url, *arguments)


class _Servers:
    """The servers that this process started."""

    def __init__(self) -> None:
        self._root: Path | None = None
        self._running: dict[str, PostgresServer | RedisServer] = {}

    def need(self, variable: str) -> str:
        """The address in the environment, after starting the server if nobody has."""
        if variable not in os.environ:
            if self._root is None:
                self._root = Path(tempfile.mkdtemp(prefix="yihao-test-"))
                # PostgreSQL runs as another user when the tests run as root.
                self._root.chmod(0o711)
            server = {POSTGRES: PostgresServer, REDIS: RedisServer}[variable](self._root / variable.lower())
            server.start()
            self._running[variable] = server
            os.environ[variable] = server.url
        return os.environ[variable]

    def stop(self) -> None:
        for variable, server in self._running.items():
            server.stop()
            del os.environ[variable]
        self._running.clear()
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)
            self._root = None


_servers: Final = _Servers()


def pytest_configure(config: pytest.Config) -> None:
    """In a distributed run's controller, start the servers before the workers inherit its environment."""
    distributed = bool(getattr(config.option, "tx", None)) and not hasattr(config, "workerinput")
    if distributed and not config.option.collectonly:
        for variable in (POSTGRES, REDIS):
            try:
                _servers.need(variable)
            except MissingProgram:
                # The tests that ask for the server say so; the others run.
                continue


def pytest_unconfigure() -> None:
    """End what this process started."""
    _servers.stop()


def pytest_report_header() -> list[str]:
    """Name both pairs of stores."""
    try:
        pair = f"PostgreSQL {postgres_version()} + Redis {redis_version()}"
    except MissingProgram as missing:
        pair = f"PostgreSQL + Redis: {missing}"
    return ["stores: SQLite + embedded", f"stores: {pair}"]


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Print the lines of the header also where `-q` leaves the header out."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not reporter.showheader:
        for line in pytest_report_header():
            reporter.write_line(line)


@pytest.fixture(scope="session")
def postgres(worker_name: str) -> Postgres:
    """The run's PostgreSQL with an empty database of this worker."""
    server_url = _servers.need(POSTGRES)
    return Postgres(server_url, worker_name, create_database(server_url, f"{worker_name}_tests"))


@pytest.fixture(scope="session")
def _redis_server(worker_name: str) -> Redis:
    number = 1 + int("".join(filter(str.isdigit, worker_name)) or 0)
    return Redis(f"{_servers.need(REDIS).rsplit('/', 1)[0]}/{number}")


@pytest.fixture
def redis(_redis_server: Redis) -> Redis:
    """The run's Redis with the worker's database, emptied before the test."""
    _redis_server.flush()
    return _redis_server


@pytest.fixture(scope="session")
def worker_name() -> str:
    """`main`, or `gw0`, `gw1` … under pytest-xdist."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")
