"""A real key service for tests: its own process, granian over mutual TLS on loopback, software keys behind it.

Certificates are made by the `openssl` command; the node's SM2 key and the service's are files, as in production.
"""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from wsgiref.types import WSGIEnvironment

from crypto.errors import DeviceUnavailable
from crypto.keys.handle import DECRYPTION, SIGNING, Algorithm
from crypto.keys.remote import RemoteKeys, Transport
from crypto.keys.remote_messages import MessageKey
from crypto.keys.software import SoftwareKeys, new_root_key
from crypto.sm.sm2 import Sm2PrivateKey
from idp.clock import Clock
from idp.keys.identity import create_identity, open_identity
from idp.keys.key_service import KeyService
from idp.keys.key_transport import KeyTransport, NoAnswer
from idp.outbound import Outbound, OutboundSettings
from tests.support.openssl_ca import OpensslCa, Pair
from tests.support.servers import free_port

MODULE = "import sys; from idp.keys.commands_service import key_service; key_service(sys.argv[1:])"
ALGORITHMS: frozenset[Algorithm] = frozenset((*SIGNING, *DECRYPTION))
START_SECONDS = 60.0
SECONDS = 10.0
"""Time for one exchange in tests: generous, because the machine may be busy."""


@dataclass
class RealKeyService:
    """A key service below `folder`; `start` after `stop` serves again at the same address."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    _transports: list[KeyTransport] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca = OpensslCa(self.folder / "ca", "ec")
        self.server = self.ca.issue("service", "serverAuth")
        self.node = self.ca.issue("node", "clientAuth")
        for name in ("node", "service"):
            create_identity(self.folder / f"{name}.key")
        (self.folder / "root.key").write_text(new_root_key().hex())

    @property
    def origin(self) -> str:
        """Where it answers."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def node_key(self) -> MessageKey:
        """The SM2 key of the one node that it knows."""
        return open_identity(self.folder / "node.key", "node")

    @property
    def public(self) -> bytes:
        """The public key of the service."""
        return open_identity(self.folder / "service.key", "service").public

    def transport(self, certificate: Pair | None = None, authority: Path | None = None) -> KeyTransport:
        """The product's way to it, with a certificate of the right authority unless told otherwise."""
        own = certificate or self.node
        outbound = Outbound(OutboundSettings(), allow_loopback=False)
        anchor = authority or self.ca.root.certificate
        made = KeyTransport(outbound, self.origin, own.certificate, own.key, anchor, SECONDS)
        self._transports.append(made)
        return made

    def keys(self, transport: Transport | None = None, key: MessageKey | None = None) -> RemoteKeys:
        """A provider over it, as a node opens it."""
        way = transport or self.transport()
        return RemoteKeys(way, key or self.node_key, self.public, ALGORITHMS)

    def start(self) -> None:
        """Serve; returns when it answers the node."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", MODULE, "serve", "--port", str(self.port)],
                env=self._environment(),
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the key service did not start:\n{self.log()}")
            time.sleep(0.05)

    def stop(self) -> int:
        """End it by SIGTERM, and the connections to it; returns its exit status."""
        assert self.process is not None, "the key service is not running"
        for transport in self._transports:
            transport.close()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(20)
        self.process = None
        return status

    def log(self) -> str:
        """What it wrote."""
        return (self.folder / "log").read_text("utf-8", errors="replace")

    def _answers(self) -> bool:
        transport = self.transport()
        try:
            self.keys(transport).check()
        except DeviceUnavailable:
            return False
        finally:
            transport.close()
        return True

    def _environment(self) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("YIHAO_")}
        return {
            **plain,
            "LANG": "en_US.UTF-8",
            "YIHAO_ISSUER": "http://localhost",
            "YIHAO_PROFILE": "sandbox",
            "YIHAO_KEYS__ROOT_KEY_FILE": str(self.folder / "root.key"),
            "YIHAO_KEY_SERVICE__IDENTITY_FILE": str(self.folder / "service.key"),
            "YIHAO_KEY_SERVICE__CALLERS": json.dumps({"node": self.node_key.public.hex()}),
            "YIHAO_KEY_SERVICE__CERTIFICATE": str(self.server.certificate),
            "YIHAO_KEY_SERVICE__CERTIFICATE_KEY": str(self.server.key),
            "YIHAO_KEY_SERVICE__AUTHORITY": str(self.ca.root.certificate),
        }


class DirectTransport:
    """The way to a service in this process."""

    def __init__(self, service: KeyService) -> None:
        self._service = service

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Call it as a server would."""
        environ: WSGIEnvironment = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        statuses: list[int] = []

        def start(status: str, _headers: object, _exc: object = None) -> Callable[[bytes], object]:
            statuses.append(int(status[:3]))
            return lambda _data: None

        answer = b"".join(self._service(environ, start))
        return statuses[0], answer

    def close(self) -> None:
        """Nothing is held."""


def stranger_keys(clock: Clock) -> RemoteKeys:
    """A provider over another service, in this process, with keys of its own."""
    node, service = (MessageKey(Sm2PrivateKey.generate()) for _ in range(2))
    served = KeyService(SoftwareKeys(new_root_key()), service, {"node": node.public}, clock)
    return RemoteKeys(DirectTransport(served), node, service.public, ALGORITHMS, clock.timestamp)


class Plug:
    """A transport that can be pulled out."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self._is_out = False

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """As the inner one, unless pulled."""
        if self._is_out:
            raise NoAnswer("pulled")
        return self._inner.post(path, body)

    def close(self) -> None:
        """Close the inner one."""
        self._inner.close()

    def pull(self) -> None:
        """Let nothing through."""
        self._is_out = True

    def push(self) -> None:
        """Let all through again."""
        self._is_out = False
