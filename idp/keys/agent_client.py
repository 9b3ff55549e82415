"""Asking the key agent: for its state, for the root key at start, to take a share, to forget."""

import os
import socket
from pathlib import Path
from typing import Any

import orjson

from crypto import base64url
from idp.errors import Unavailable
from idp.keys.agent_server import SECONDS, peer_uid, receive_line
from idp.keys.unsealing import Contribution, UnsealRefused


class AgentClient:
    """One agent by the path of its socket."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def status(self) -> dict[str, Any]:
        """state, generation, threshold, contributed, memory_locked. Raises Unavailable("keys.agent_absent")."""
        answer = self._ask({"op": "status"})
        return {name: value for name, value in answer.items() if name != "ok"}

    def root_key(self, generation: int) -> bytes:
        """The root key of a generation. Raises Unavailable: keys.agent_absent, keys.agent_sealed."""
        key = self._ask({"op": "root", "generation": generation})["key"]
        if key is None:
            raise Unavailable("keys.agent_sealed", "the key agent does not hold this generation")
        return base64url.decode(key)

    def one_time_key(self) -> bytes:
        """The key to which one contribution is encrypted."""
        return base64url.decode(self._ask({"op": "hello"})["agent_key"])

    def contribute(self, given: Contribution) -> dict[str, Any]:
        """Bring a share; the state after it. Raises UnsealRefused, Unavailable."""
        return self._ask({"op": "contribute", **given.as_json()})

    def adopt(self, generation: int, key: bytes) -> None:
        """Hand on the key of a generation just made. Raises UnsealRefused, Unavailable."""
        self._ask({"op": "adopt", "generation": generation, "key": base64url.encode(key)})

    def seal(self) -> None:
        """Make it forget. Raises Unavailable."""
        self._ask({"op": "seal"})

    def _ask(self, question: dict[str, object]) -> dict[str, Any]:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(SECONDS)
                connection.connect(str(self._path))
                if peer_uid(connection) != os.getuid():
                    raise Unavailable("keys.agent_absent", "another user's process serves the socket")
                connection.sendall(orjson.dumps(question) + b"\n")
                answer = orjson.loads(receive_line(connection))
        except (OSError, orjson.JSONDecodeError):
            raise Unavailable("keys.agent_absent", "the key agent does not answer") from None
        if not answer["ok"]:
            raise _refusal(str(answer["reason"]))
        return dict(answer)


def _refusal(reason: str) -> Exception:
    if reason.startswith("unseal."):
        return UnsealRefused(reason.removeprefix("unseal."))
    return Unavailable(reason if reason.startswith("svc.") else "keys.agent_absent", reason)
