"""The engine over libcrypto: threads, forks, and machines where it cannot work."""

import ctypes
import ctypes.util
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crypto.errors import EngineUnavailable, VerificationError
from crypto.sm import curve
from crypto.sm.engine.openssl import OpenSslEngine

_ROOT = Path(__file__).parents[4]
_IDENTITY = b"1234567812345678"

_FORKS = """
import os
from crypto.sm import sm2
key = sm2.Sm2PrivateKey(bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"))
key.public_key.verify(b"before", key.sign(b"before"))  # contexts are warm before the fork
reads = []
for _ in range(4):
    read, write = os.pipe()
    if os.fork() == 0:
        for _ in range(5):
            rs = key.sign(b"same data")
            key.public_key.verify(b"same data", rs)
            os.write(write, (rs.hex() + "\\n").encode())
        os.write(write, (key.public_key.encrypt(b"same data").hex()[:128] + "\\n").encode())
        os._exit(0)
    os.close(write)
    reads.append(read)
for read in reads:
    print(os.fdopen(read).read(), end="")
for _ in range(5):
    print(key.sign(b"same data").hex())
"""


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


@pytest.fixture(scope="module")
def engine() -> OpenSslEngine:
    return OpenSslEngine()


def test_generated_keys_are_in_range_and_differ(engine: OpenSslEngine) -> None:
    """Fresh keys are usable and never the same."""
    keys = {engine.generate() for _ in range(20)}
    assert len(keys) == 20
    for d in keys:
        curve.check_private(d)
        engine.check_public(engine.public_key(d))


def test_threads_share_a_signer_and_verifier(engine: OpenSslEngine) -> None:
    """Signatures made and verified by eight threads at once all hold, each with its own nonce."""
    d = engine.generate()
    public = engine.public_key(d)
    signer = engine.load_signer(d, _IDENTITY)
    together = threading.Barrier(8)

    def work(number: int) -> list[bytes]:
        together.wait()
        made = []
        for turn in range(20):
            data = f"{number}/{turn}".encode()
            rs = signer.sign(data)
            engine.verify(public, curve.message_digest(public, data, _IDENTITY), rs)
            made.append(rs[:32])
        return made

    with ThreadPoolExecutor(8) as pool:
        nonces = [r for made in pool.map(work, range(8)) for r in made]
    assert len(set(nonces)) == 160


def test_many_public_keys_pass_through_the_kept_contexts(engine: OpenSslEngine) -> None:
    """More keys than are kept still verify each with its own context, and refuse each other's signatures."""
    digest = bytes(range(32))
    pairs = []
    for _ in range(70):
        d = engine.generate()
        pairs.append((engine.public_key(d), engine.sign(d, digest)))
    for public, rs in (*pairs, *pairs[:5]):
        engine.verify(public, digest, rs)
    with pytest.raises(VerificationError):
        engine.verify(pairs[0][0], digest, pairs[1][1])


def test_forked_workers_never_draw_the_same_nonce() -> None:
    """Four children and their parent sign the same data from warm contexts: every r and every C1 differs."""
    lines = _run(_FORKS).split()
    assert len(lines) == 4 * 6 + 5
    assert len({line[:64] for line in lines}) == len(lines)


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
