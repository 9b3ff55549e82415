"""The key agent's socket: a UNIX socket of mode 0600 in a folder of mode 0700, for processes of the same user.

One request and one answer for each connection, each a JSON object on one line.
"""

import os
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import orjson

from crypto import base64url
from crypto.errors import CryptoError
from idp.errors import IdpError, SettingsRefused
from idp.keys.agent import Agent, Status
from idp.keys.unsealing import read_contribution
from idp.observe.log import logger

LARGEST: Final = 1 << 16
SECONDS: Final = 10.0
"""How long either end waits; longer than the agent waits for the database."""
BACKLOG: Final = 64
WAKE_SECONDS: Final = 0.5
LONGEST_PATH: Final = 100
"""A socket's path has at most 107 bytes."""

_log = logger("key_agent")
_CREDENTIALS = struct.Struct("3i")


class AgentServer:
    """Serves one agent on one socket."""

    def __init__(self, agent: Agent, path: Path) -> None:
        """Take the agent and the path of its socket."""
        self._agent = agent
        self._path = path
        self._answers: Mapping[str, Callable[[Mapping[str, Any]], dict[str, object]]] = {
            "status": lambda _: as_json(agent.status()),
            "hello": lambda _: {"agent_key": base64url.encode(agent.one_time_key())},
            "contribute": lambda asked: as_json(agent.contribute(read_contribution(dict(asked)))),
            "root": self._root,
            "adopt": self._adopt,
            "seal": self._seal,
        }

    def serve(self, stop: threading.Event, ready: Callable[[], None] = lambda: None) -> None:
        """Answer until `stop` is set; then forget the key and remove the socket.

        Raises SettingsRefused when the folder is another's or open to others, or when another agent serves there.
        """
        _check_folder(self._path)
        _remove_stale(self._path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            old = os.umask(0o177)
            try:
                listener.bind(str(self._path))
            finally:
                os.umask(old)
            listener.listen(BACKLOG)
            listener.settimeout(WAKE_SECONDS)
            ready()
            try:
                while not stop.is_set():
                    self._accept(listener)
            finally:
                self._agent.close()
                with suppress(OSError):
                    self._path.unlink()

    def _accept(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            return
        threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(SECONDS)
            if peer_uid(connection) != os.getuid():
                _log.warning("key_agent.other_user")
                return
            with suppress(OSError):
                connection.sendall(orjson.dumps(self._answer(receive_line(connection))) + b"\n")

    def _answer(self, line: bytes) -> dict[str, object]:
        try:
            asked = orjson.loads(line)
            answer = self._answers[asked["op"]]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return {"ok": False, "reason": "malformed"}
        try:
            return {"ok": True, **answer(asked)}
        except IdpError as error:
            return {"ok": False, "reason": error.code}
        except (CryptoError, KeyError, TypeError, ValueError):
            return {"ok": False, "reason": "malformed"}
        except Exception:
            # Whatever it was, the other end is told and the agent goes on.
            _log.exception("key_agent.failed")
            return {"ok": False, "reason": "failed"}

    def _root(self, asked: Mapping[str, Any]) -> dict[str, object]:
        key = self._agent.root_key(int(asked["generation"]))
        return {"key": None if key is None else base64url.encode(key)}

    def _adopt(self, asked: Mapping[str, Any]) -> dict[str, object]:
        self._agent.adopt(int(asked["generation"]), base64url.decode(asked["key"]))
        return {}

    def _seal(self, _: Mapping[str, Any]) -> dict[str, object]:
        self._agent.seal(f"uid:{os.getuid()}")
        return {}


def as_json(status: Status) -> dict[str, object]:
    """A status as the socket and `--json` have it."""
    return {
        "state": "open" if status.is_open else "sealed",
        "generation": status.generation,
        "threshold": status.threshold,
        "contributed": status.contributed,
        "memory_locked": status.is_locked,
    }


def peer_uid(connection: socket.socket) -> int:
    """The user of the process at the other end, as the kernel knows it (SO_PEERCRED)."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(raw)[1])


def receive_line(connection: socket.socket) -> bytes:
    """One line of at most 64 KiB; empty when more comes or the other end stops."""
    held = b""
    with suppress(OSError):
        while b"\n" not in held and len(held) <= LARGEST:
            part = connection.recv(LARGEST)
            if not part:
                break
            held += part
    return held if held.endswith(b"\n") and len(held) <= LARGEST else b""


def _check_folder(path: Path) -> None:
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise _refused("path_long", path)
    with suppress(FileExistsError):
        path.parent.mkdir(mode=0o700, parents=True)
    found = path.parent.stat()
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise _refused("folder_open", path)


def _remove_stale(path: Path) -> None:
    """Remove the socket of an agent that ended without doing so itself."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except FileNotFoundError:
            return
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise _refused("taken", path)


def _refused(word: str, path: Path) -> SettingsRefused:
    return SettingsRefused(f"agent.{word}", word, faults=f"keys.agent_socket: {word}", path=str(path))
