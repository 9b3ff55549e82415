"""Real servers for tests: PostgreSQL, Redis, Redis behind Sentinel, Redis Cluster.

Each listens on 127.0.0.1 on a free port, keeps its data in a directory of its own below `root`, and is ended
by its process id. `start` after `stop` serves again on the same port; PostgreSQL with its data, Redis empty.
"""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy.engine import make_url

START_TIMEOUT: Final = 30.0
_POSTGRES_HOMES: Final = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin")


class MissingProgram(RuntimeError):
    """A server program is not installed; the message names it and the package."""


class PostgresServer:
    """PostgreSQL with fsync on, password sign-in and no Unix socket."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the administrative database."""
        return f"postgresql+psycopg://yihao:yihao@127.0.0.1:{self._port}/postgres"

    @property
    def pid(self) -> int:
        """Process id of the running server, parent of all its processes."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    def start(self) -> None:
        """Create the cluster at the first call, serve, and return when it answers."""
        initdb, postgres = _postgres_program("initdb"), _postgres_program("postgres")
        data = self._root / "data"
        if not data.exists():
            self._create(initdb, data)
        command = [postgres, "-D", str(data), "-p", str(self._port), "-h", "127.0.0.1"]
        for setting in ("unix_socket_directories=", "max_connections=300", "shared_buffers=64MB"):
            command += ["-c", setting]
        with (self._root / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, user=_server_user(), group=_server_user()
            )
        _await("PostgreSQL", self._process, self._answers)

    def stop(self) -> None:
        """Fast shutdown (SIGINT): open transactions are undone."""
        _end(self._process, signal.SIGINT)
        self._process = None

    def create_database(self, name: str, template: str = "template0") -> str:
        """An own database, made anew as a copy of `template`; returns its SQLAlchemy URL."""
        return create_database(self.url, name, template)

    def _create(self, initdb: str, data: Path) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        password = self._root / "password"
        password.write_text("yihao\n")
        user = _server_user()
        if user is not None:
            for path in (self._root, password):
                shutil.chown(path, user, user)
        command = [initdb, "-D", str(data), "-U", "yihao", "-A", "scram-sha-256", f"--pwfile={password}"]
        command += ["-E", "UTF8", "--locale=C.UTF-8"]
        subprocess.run(
            command, check=True, capture_output=True, user=_server_user(), group=_server_user(), cwd="/"
        )

    def _answers(self) -> bool:
        try:
            psycopg.connect(_driver_url(self.url), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class RedisServer:
    """One Redis that keeps nothing on disk."""

    def __init__(self, root: Path, *options: str) -> None:
        self._root = root
        self._options = options
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """redis:// URL of database 0."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    def start(self) -> None:
        """Serve and return when it answers."""
        self._root.mkdir(parents=True, exist_ok=True)
        command = [_program("redis-server", "redis-server"), *self._arguments()]
        with (self._root / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._root)
        _await("Redis", self._process, lambda: redis_cli(self.url, "PING").strip() == b"PONG")

    def stop(self) -> None:
        """End the server; what it held is gone."""
        _end(self._process, signal.SIGTERM)
        self._process = None

    def flush(self) -> None:
        """Empty database 0."""
        redis_cli(self.url, "FLUSHDB")

    def _arguments(self) -> list[str]:
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        # Uncompressed, so that a test can look for clear text in what the server would write.
        arguments += ["--databases", "64", "--rdbcompression", "no", "--repl-diskless-sync-delay", "0"]
        arguments += ["--dir", str(self._root)]
        return arguments + list(self._options)


class RedisSentinel:
    """A master named `mymaster` and one Sentinel that watches it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.master = RedisServer(root / "master")
        self._sentinel = _SentinelProcess(root / "sentinel", self.master.port)

    @property
    def url(self) -> str:
        """redis+sentinel:// URL of database 0 of the master."""
        return f"redis+sentinel://127.0.0.1:{self._sentinel.port}/mymaster/0"

    def start(self) -> None:
        """Serve; returns when master and Sentinel answer."""
        self.master.start()
        self._sentinel.start()

    def stop(self) -> None:
        """End both."""
        self._sentinel.stop()
        self.master.stop()


class RedisCluster:
    """Three masters that share the slots."""

    def __init__(self, root: Path) -> None:
        # Nodes talk to each other on a second port, by default 10000 higher: that could be taken or not
        # exist.
        options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port")
        self.nodes = [RedisServer(root / str(number), *options, str(free_port())) for number in range(3)]

    @property
    def url(self) -> str:
        """redis+cluster:// URL naming all nodes."""
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def start(self) -> None:
        """Serve; returns when every node knows that all slots are covered."""
        for node in self.nodes:
            node.start()
        places = [f"127.0.0.1:{node.port}" for node in self.nodes]
        create = [_program("redis-cli", "redis-tools"), "--cluster", "create", *places, "--cluster-yes"]
        subprocess.run(create, check=True, capture_output=True, timeout=START_TIMEOUT)
        _until("Redis Cluster", lambda: all(_covers_all_slots(node) for node in self.nodes))

    def stop(self) -> None:
        """End every node."""
        for node in self.nodes:
            node.stop()


class _SentinelProcess(RedisServer):
    def __init__(self, root: Path, master_port: int) -> None:
        super().__init__(root)
        self._master_port = master_port

    def _arguments(self) -> list[str]:
        config = self._root / "sentinel.conf"
        config.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {self._root}\n"
            f"sentinel monitor mymaster 127.0.0.1 {self._master_port} 1\n"
        )
        return [str(config), "--sentinel"]


def create_database(server_url: str, name: str, template: str = "template0") -> str:
    """Make database `name` anew on the server as a copy of `template`; returns its SQLAlchemy URL."""
    for word in (name, template):
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,62}", word), f"not a plain database name: {word}"
    with psycopg.connect(_driver_url(server_url), autocommit=True) as db:
        db.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
        db.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def redis_cli(url: str, *arguments: str) -> bytes:
    """What `redis-cli` answers; empty when the server does not."""
    command = [_program("redis-cli", "redis-tools"), "-u", url, *arguments]
    return subprocess.run(command, check=False, capture_output=True, timeout=START_TIMEOUT).stdout


def postgres_version() -> str:
    """Version of the installed server."""
    return _version([_postgres_program("postgres"), "--version"])


def redis_version() -> str:
    """Version of the installed server."""
    return _version([_program("redis-server", "redis-server"), "--version"])


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _covers_all_slots(node: RedisServer) -> bool:
    return b"cluster_state:ok" in redis_cli(node.url, "CLUSTER", "INFO")


def _version(command: Sequence[str]) -> str:
    words = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"\d+(\.\d+)+", words)
    return found.group() if found else words.strip()


def _program(name: str, package: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise MissingProgram(f"{name} is not installed (Debian package {package}).")
    return path


def _postgres_program(name: str) -> str:
    homes = [str(home) for pattern in _POSTGRES_HOMES for home in Path("/").glob(pattern.lstrip("/"))]
    newest = sorted(homes, key=lambda home: [int(part) for part in re.findall(r"\d+", home)], reverse=True)
    path = shutil.which(name, path=os.pathsep.join([*newest, os.environ.get("PATH", "")]))
    if path is None:
        raise MissingProgram(f"{name} is not installed (Debian package postgresql).")
    return path


def _server_user() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise MissingProgram("PostgreSQL refuses to run as root and there is no user postgres.") from None


def _driver_url(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _await(name: str, process: subprocess.Popen[bytes], answers: Callable[[], bool]) -> None:
    def ready() -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended while starting, with status {process.returncode}.")
        return answers()

    _until(name, ready)


def _until(name: str, ready: Callable[[], bool]) -> None:
    end = time.monotonic() + START_TIMEOUT
    while not ready():
        if time.monotonic() > end:
            raise RuntimeError(f"{name} did not answer in time.")
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes] | None, how: signal.Signals) -> None:
    if process is None:
        return
    process.send_signal(how)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
