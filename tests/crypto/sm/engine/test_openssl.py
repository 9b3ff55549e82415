"""The engine over libcrypto: contexts of its own in each process, and machines where it cannot work."""

import ctypes
import ctypes.util
import subprocess
import sys
from pathlib import Path

import pytest

from crypto.errors import EngineUnavailable
from crypto.sm.engine.openssl import OpenSslEngine

_ROOT = Path(__file__).parents[4]
_OWN_CONTEXTS = """
import os
from crypto.sm.engine import libcrypto, openssl
made = []
class Counted(libcrypto.Context):
    __slots__ = ()
    def __init__(self, *arguments):
        made.append(os.getpid())
        super().__init__(*arguments)
libcrypto.Context = Counted
engine = openssl.OpenSslEngine()
d = engine.generate()
signer = engine.load_signer(d, b"")
def work():
    signer.sign(b"data")
    engine.verify(engine.public_key(d), bytes(32), known)
    return made.count(os.getpid())
known = engine.sign(d, bytes(32))
made.clear()
print(work(), work(), flush=True)
if os.fork() == 0:
    print(work(), work(), flush=True)
    os._exit(0)
os.wait()
print(work())
"""


def _run(script: str) -> str:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return run.stdout


def test_a_child_makes_contexts_of_its_own() -> None:
    """Signer and verifier are loaded once in the parent and once more in the child."""
    assert _run(_OWN_CONTEXTS).splitlines() == ["2 2", "2 2", "2"]


def test_a_machine_without_libcrypto_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """No library gives one clear sentence."""
    monkeypatch.setattr(ctypes.util, "find_library", lambda _name: None)
    with pytest.raises(EngineUnavailable, match="libcrypto was not found"):
        OpenSslEngine()


@pytest.mark.parametrize("path", [ctypes.util.find_library("c"), "libnowhere.so.9"])
def test_a_library_that_is_not_libcrypto_3_is_told_so(
    monkeypatch: pytest.MonkeyPatch, path: str | None
) -> None:
    """A library without the functions, or one that does not load, gives one clear sentence."""
    monkeypatch.setattr(ctypes.util, "find_library", lambda _name: path)
    with pytest.raises(EngineUnavailable, match="older than OpenSSL 3"):
        OpenSslEngine()


class _FakeFunction:
    def __init__(self, answer: int) -> None:
        self.answer = answer

    def __call__(self, *_: object) -> int:
        return self.answer


class _FakeLibrary:
    """A libcrypto of some version in which every object fails to be made."""

    version = 0

    def __init__(self, _path: str) -> None:
        self._functions: dict[str, _FakeFunction] = {}

    def __getattr__(self, name: str) -> _FakeFunction:
        answer = self.version if name == "OpenSSL_version_num" else 0
        return self._functions.setdefault(name, _FakeFunction(answer))


@pytest.mark.parametrize(
    ("version", "sentence"), [(0x10101170, "older than OpenSSL 3.0"), (0x30000130, "built without SM2")]
)
def test_an_old_library_and_one_without_sm2_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, version: int, sentence: str
) -> None:
    """The sentence says whether to install a newer library or another build."""
    monkeypatch.setattr(_FakeLibrary, "version", version)
    monkeypatch.setattr(ctypes, "CDLL", _FakeLibrary)
    with pytest.raises(EngineUnavailable, match=sentence):
        OpenSslEngine()
