"""Where a demo instance lies and listens, and what it remembers between two runs."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crypto.tokens import random_bytes, random_token
from idp.errors import IdpError

DEFAULT_PORT = 8400
DEFAULT_DIRECTORY = "var"
PORTS = 6
HOST = "127.0.0.1"


class DemoRefused(IdpError):
    """The demo cannot run here; `values` fill the sentence of the code."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A directory and six ports from a base: provider, officers' console, two departments, register, telephone."""

    port: int
    directory: Path

    @property
    def issuer(self) -> str:
        """Address of the provider."""
        return f"http://{HOST}:{self.port}"

    @property
    def console(self) -> str:
        """Address of the officers' console."""
        return f"http://{HOST}:{self.port + 1}"

    @property
    def departments(self) -> tuple[str, str]:
        """Addresses of the two department applications."""
        return f"http://{HOST}:{self.port + 2}", f"http://{HOST}:{self.port + 3}"

    @property
    def register(self) -> str:
        """Address of the register that knows the people."""
        return f"http://{HOST}:{self.port + 4}"

    @property
    def phone(self) -> str:
        """Address of the page that shows every text message."""
        return f"http://{HOST}:{self.port + 5}"

    @property
    def ready_file(self) -> Path:
        """`demo.json`: there when the instance is ready."""
        return self.directory / "demo.json"

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """The environment of the provider's processes: only this instance's settings, whatever the caller's are."""
        plain = {name: value for name, value in inherited.items() if not name.startswith("YIHAO_")}
        return {
            **plain,
            "YIHAO_ISSUER": self.issuer,
            "YIHAO_PROFILE": "sandbox",
            "YIHAO_DATABASE__URL": f"sqlite:///{self.directory / 'yihao.db'}",
            "YIHAO_KEYS__ROOT_KEY_FILE": str(self.directory / "root.key"),
        }


@dataclass(frozen=True, slots=True, repr=False)
class Memory:
    """What is drawn at random at the first run and kept: secrets by client id, cookie keys of the departments.

    `register_key` is the register's own: an SM2 private key in hexadecimal digits.
    """

    client_secrets: Mapping[str, str]
    department_keys: tuple[str, str]
    register_key: str

    def __repr__(self) -> str:
        return "Memory(…)"


def instance_of(environment: Mapping[str, str]) -> Instance:
    """The instance that YIHAO_DEMO_PORT and YIHAO_DEMO_DIR name. Raises DemoRefused."""
    text = environment.get("YIHAO_DEMO_PORT") or str(DEFAULT_PORT)
    highest = 65_535 - PORTS + 1
    if not text.isascii() or not text.isdigit() or not 1024 <= int(text) <= highest:
        raise DemoRefused("demo.port", highest=highest)
    directory = Path(environment.get("YIHAO_DEMO_DIR") or DEFAULT_DIRECTORY)
    return Instance(int(text), directory.absolute())


def require_free(instance: Instance) -> None:
    """Raise DemoRefused unless all ports can be taken.

    Asked here, because the servers share ports with whoever already listens (SO_REUSEPORT) and would say nothing.
    """
    for port in range(instance.port, instance.port + PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
                probe.listen(1)
            except OSError:
                raise DemoRefused("demo.port_taken", port=port) from None


@contextmanager
def held(instance: Instance) -> Iterator[None]:
    """The directory, made if need be and held for this process. Raises DemoRefused when another demo runs in it."""
    try:
        instance.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(instance.directory / "demo.lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise DemoRefused("demo.directory", directory=instance.directory, why=error.strerror) from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DemoRefused("demo.running", directory=instance.directory) from None
        yield
    finally:
        os.close(lock)


def remember(instance: Instance, client_ids: tuple[str, ...]) -> Memory:
    """The secrets of this instance, drawn where there are none yet.

    Raises DemoRefused when the directory belongs to another port: addresses are registered with the clients.
    """
    file = instance.directory / "secrets.json"
    kept: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    if kept.get("port", instance.port) != instance.port:
        raise DemoRefused("demo.other_port", directory=instance.directory, port=kept["port"])
    secrets = {name: kept.get("clients", {}).get(name) or random_token() for name in client_ids}
    first, second = kept.get("departments") or (random_token(), random_token())
    register = kept.get("register") or _sm2_key()
    write_private(
        file,
        {"port": instance.port, "clients": secrets, "departments": [first, second], "register": register},
    )
    return Memory(secrets, (first, second), register)


def _sm2_key() -> str:
    """A private key; the first byte keeps it below the order of the curve."""
    return "01" + random_bytes(31).hex()


def write_private(file: Path, content: object) -> None:
    """Write JSON that only the owner may read, whole or not at all."""
    fresh = file.with_name(f".{file.name}.new")
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as out:
        json.dump(content, out, ensure_ascii=False, indent=2)
        out.write("\n")
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
