"""A twin of the registers beside a provider: real HTTP on a free port, keys exchanged, content given by the test."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from adapters.registries.twin.data import Data
from adapters.registries.twin.keys import stranger
from adapters.registries.twin.server import Twin, listening
from crypto.keys.remote_messages import MessageKey
from idp.keys.models import KeyPurpose
from tests.support.provider import Provider

METHODS = ("population", "bank", "face", "network_identity", "window", "kinship", "legal_persons")


@dataclass
class Registers:
    """The twin, and what a provider must be told of it."""

    data: Data
    address: str
    key: MessageKey
    callers: list[dict[str, Any]]

    def environment(self) -> dict[str, str]:
        """The settings that point to it."""
        entry = {"public_key": dict(self.key.handle.public_jwk)}
        sources = {method: {**entry, "url": f"{self.address}/{method}"} for method in METHODS}
        return {"YIHAO_REGISTRIES__SOURCES": json.dumps(sources)}

    def knows(self, **person: Any) -> None:
        """Let the registers know a person: id_kind, id_number, name and what else they hold."""
        values = {"id_kind": "111", **person}
        self.data.persons[f"{values['id_kind']}|{values['id_number']}"] = values

    def registers(self, **organisation: Any) -> dict[str, Any]:
        """Let the legal-person register know an organisation."""
        values = {
            "name": "示范科技有限公司",
            "kind": "enterprise",
            "status": "registered",
            "authority": "示范市市场监督管理局",
            "region": "140100",
            "representative_name": "测试甲",
            "representative_kind": "111",
            "representative_number": "140199190001010012",
            **organisation,
        }
        self.data.organisations[values["uscc"]] = values
        return values


@contextmanager
def registers() -> Iterator[Registers]:
    """A twin that listens until the block ends; callers are added by `trust`."""
    key = stranger()
    callers: list[dict[str, Any]] = []
    data = Data()
    server = listening(Twin(data, key, stranger(), callers, _now), 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Registers(data, f"http://127.0.0.1:{server.server_port}", key, callers)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def joined(twin: Registers, environment: Mapping[str, str]) -> Provider:
    """A provider that asks the twin: each knows the other's key, and it is the same time for both."""
    made = Provider({**environment, **twin.environment(), "YIHAO_OUTBOUND__SECONDS": "0.5"})
    signer = made.services.foundation.keyring.signer_of(KeyPurpose.REGISTRY, "SGD_SM3_SM2")
    twin.callers.append(dict(signer.handle.public_jwk))
    at(made.clock.timestamp())
    return made


class _Time:
    """The time that twin and provider share in tests."""

    now = 0.0


def _now() -> float:
    return _Time.now


def at(seconds: float) -> None:
    """Let it be this instant for the twin."""
    _Time.now = seconds
