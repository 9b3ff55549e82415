"""The engine over libbotan: forks beside busy threads, freed objects, and machines where it cannot work."""

import ctypes
import ctypes.util
import gc
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from crypto.errors import EngineUnavailable
from crypto.sm import curve
from crypto.sm.engine.botan import BotanEngine

_ROOT = Path(__file__).parents[4]
_D = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")

_FORKS_BESIDE_THREADS = """
import os, signal, threading
from crypto.sm.engine.botan import BotanEngine
engine = BotanEngine()
d = engine.generate()
signer = engine.load_signer(d, b"")
busy = threading.Barrier(3)
def work():
    signer.sign(b"warm")
    busy.wait()
    while True:
        signer.sign(b"data")
for _ in range(2):
    threading.Thread(target=work, daemon=True).start()
busy.wait()
hung = 0
for _ in range(60):
    child = os.fork()
    if child == 0:
        signal.alarm(5)  # a child that waits for a lock nobody will ever release is ended by this
        signer.sign(b"data")
        os._exit(0)
    hung += os.waitpid(child, 0)[1] != 0
print(hung, flush=True)
os._exit(0)
"""

_ENVIRONMENT = """
import os
from crypto.sm.engine.botan import BotanEngine
BotanEngine()
print(os.environ.get("BOTAN_MLOCK_POOL_SIZE"))
"""


def _run(script: str, **environment: str) -> str:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=_ROOT,
        env=environment or None,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return run.stdout.strip()


@pytest.fixture
def engine() -> BotanEngine:
    return BotanEngine()


def test_children_forked_beside_busy_threads_do_not_hang() -> None:
    """Botan's memory pool has a mutex that a fork may copy while it is held; the engine works without the pool."""
    assert _run(_FORKS_BESIDE_THREADS) == "0"


def test_the_environment_is_left_as_it_was() -> None:
    """The switch that Botan reads while it loads does not reach the programs that this one starts."""
    assert _run(_ENVIRONMENT) == "None"
    assert _run(_ENVIRONMENT, BOTAN_MLOCK_POOL_SIZE="4096") == "4096"


def test_every_object_is_freed(engine: BotanEngine) -> None:
    """After work of every kind, failures included, each kind of object was destroyed as often as it was made."""
    count: Counter[str] = Counter()
    makers = {
        "rng": ["rng_init"],
        "mp": ["mp_init"],
        "privkey": ["privkey_load_sm2"],
        "pubkey": ["pubkey_load_sm2", "privkey_export_pubkey"],
        **{f"pk_op_{name}": [f"pk_op_{name}_create"] for name in ("sign", "verify", "encrypt", "decrypt")},
    }
    for kind, names in makers.items():
        for name in names:
            _count_calls(engine._lib, f"botan_{name}", count, kind, 1)
        _count_calls(engine._lib, f"botan_{kind}_destroy", count, kind, -1)
    public = engine.public_key(_D)
    signer = engine.load_signer(_D, b"")
    rs = signer.sign(b"data")
    engine.verify(public, curve.message_digest(public, b"data", b""), rs)
    assert engine.decrypt(_D, engine.encrypt(public, b"data")) == b"data"
    engine.sign(_D, bytes(32))
    assert count["pk_op_sign"] == count["pk_op_verify"] == 1
    assert count["mp"] == count["pk_op_encrypt"] == count["pk_op_decrypt"] == 0
    engine._verifiers.drop(public)
    del signer
    gc.collect()
    assert set(count) == set(makers)
    assert set(count.values()) == {0}


def _count_calls(lib: ctypes.CDLL, name: str, count: Counter[str], kind: str, by: int) -> None:
    """Make every successful call of one function count for its kind of object."""
    inner = getattr(lib, name)

    def call(*arguments: object) -> int:
        code: int = inner(*arguments)
        if code == 0:
            count[kind] += by
        return code

    setattr(lib, name, call)


def test_an_interrupted_signature_does_not_spoil_the_next(
    engine: BotanEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A digest that was handed over and not signed is forgotten with its operation; verification does the same."""
    public = engine.public_key(_D)
    signer = engine.load_signer(_D, b"")
    rs = signer.sign(b"before")

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    for name in ("botan_pk_op_sign_finish", "botan_pk_op_verify_finish"):
        with monkeypatch.context() as patched:
            patched.setattr(engine._lib, name, interrupted)
            fresh = engine.load_signer(_D, b"")
            with pytest.raises(KeyboardInterrupt):
                engine.verify(public, curve.message_digest(public, fresh.sign(b"x"), b""), rs)
        engine.verify(public, curve.message_digest(public, b"after", b""), signer.sign(b"after"))
        engine.verify(public, curve.message_digest(public, b"x", b""), fresh.sign(b"x"))


def test_a_library_that_fails_at_work_is_told_so(
    engine: BotanEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that libbotan refuses ends in one sentence without a key."""
    for name in ("botan_pk_op_sign_update", "botan_rng_init", "botan_pubkey_get_field", "botan_mp_from_bin"):
        with monkeypatch.context() as patched:
            patched.setattr(engine._lib, name, lambda *_: -1)
            with pytest.raises(EngineUnavailable, match=r"^libbotan (refuses|does not)") as refusal:
                engine.load_signer(_D, b"").sign(b"data")
        assert _D.hex() not in str(refusal.value)


def test_the_newest_library_is_asked_for_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Botan 3 is taken where it is present, Botan 2 otherwise."""
    asked = []

    def find(name: str) -> str | None:
        asked.append(name)
        return None

    monkeypatch.setattr(ctypes.util, "find_library", find)
    with pytest.raises(EngineUnavailable, match=r"^libbotan was not found.* install Botan 2\.19 or later$"):
        BotanEngine()
    assert asked == ["botan-3", "botan-2"]


@pytest.mark.parametrize("path", [ctypes.util.find_library("c"), "libnowhere.so.9"])
def test_a_library_that_is_not_botan_is_told_so(monkeypatch: pytest.MonkeyPatch, path: str | None) -> None:
    """A library without the functions, or one that does not load, gives one clear sentence."""
    monkeypatch.setattr(ctypes.util, "find_library", lambda _name: path)
    with pytest.raises(EngineUnavailable, match="does not load or is older"):
        BotanEngine()


class _FakeFunction:
    def __init__(self, answer: int) -> None:
        self.answer = answer

    def __call__(self, *_: object) -> int:
        return self.answer


class _FakeLibrary:
    """A libbotan of some version that loads no SM2 key."""

    version = (0, 0)

    def __init__(self, _path: str) -> None:
        self._functions: dict[str, _FakeFunction] = {}

    def __getattr__(self, name: str) -> _FakeFunction:
        answers = {"botan_version_major": self.version[0], "botan_version_minor": self.version[1]}
        answers["botan_privkey_load_sm2"] = -40
        return self._functions.setdefault(name, _FakeFunction(answers.get(name, 0)))


@pytest.mark.parametrize(
    ("version", "sentence"),
    [((1, 11), "older than Botan 2.19"), ((2, 18), "older than Botan 2.19"), ((3, 0), "built without SM2")],
)
def test_an_old_library_and_one_without_sm2_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int], sentence: str
) -> None:
    """The sentence says whether to install a newer library or another build."""
    monkeypatch.setattr(_FakeLibrary, "version", version)
    monkeypatch.setattr(ctypes, "CDLL", _FakeLibrary)
    monkeypatch.setattr(ctypes, "PyDLL", _FakeLibrary)
    with pytest.raises(EngineUnavailable, match=sentence):
        BotanEngine()


def test_agreement_without_libcrypto_is_refused(monkeypatch: pytest.MonkeyPatch, engine: BotanEngine) -> None:
    """Botan's C interface adds no points: without libcrypto it says so, and signs on."""
    monkeypatch.setattr(ctypes.util, "find_library", lambda _name: None)
    public = engine.public_key(_D)
    with pytest.raises(EngineUnavailable, match="libcrypto"):
        engine.shared_point(_D, _D, public, public)
    engine.load_signer(_D, b"").sign(b"data")
