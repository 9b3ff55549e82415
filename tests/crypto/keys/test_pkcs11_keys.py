"""Keys in a real SoftHSM2: what stays inside, PINs, generations, losses and returns."""

import ctypes
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, ObjectClass
from pkcs11.exceptions import AttributeSensitive

from crypto.errors import DeviceUnavailable, KeyUnusable, SealError
from crypto.keys import pkcs11_device
from crypto.keys.handle import ECDH_ES, EDDSA, ES256, PS256, RS256, SM2, SM2_ENCRYPTION
from crypto.keys.pkcs11 import Bench, Token
from crypto.keys.pkcs11_device import FIRST_PAUSE, LONGEST_PAUSE, Device
from crypto.keys.pkcs11_keys import Pkcs11Keys
from crypto.keys.pkcs11_module import Module
from tests.support import softhsm
from tests.support.forking import in_child
from tests.support.independent import holds

PURPOSE = "sealing/3"


@pytest.fixture
def label() -> str:
    """The label of a fresh token."""
    return softhsm.init_token()


@pytest.fixture
def keys(label: str) -> Pkcs11Keys:
    """The provider over the fresh token, ready to wrap."""
    made = keys_of(label)
    made.provision()
    return made


def keys_of(label: str, pin: str = softhsm.PIN, generation: int = 1, sessions: int = 8) -> Pkcs11Keys:
    """A provider over a token."""
    return Pkcs11Keys(softhsm.module(), label, pin, generation, sessions)


def objects(label: str, kind: ObjectClass) -> list[pkcs11.Object]:
    """What lies in the token, seen by python-pkcs11 alone. The user is logged in already."""
    token = next(token for token in pkcs11.lib(softhsm.module()).get_tokens(token_label=label))
    return list(token.open().get_objects({Attribute.CLASS: kind}))


def finalize() -> None:
    """What another part of the process does that stops the module under everybody's feet."""
    ctypes.CDLL(softhsm.module()).C_Finalize(None)


def test_softhsm_offers_all_but_the_national_algorithms(keys: Pkcs11Keys) -> None:
    """The provider names what the token's mechanisms suffice for, and refuses SM2 with a sentence."""
    assert keys.algorithms == {ES256, EDDSA, RS256, PS256, ECDH_ES}
    for algorithm in (SM2, SM2_ENCRYPTION):
        with pytest.raises(KeyUnusable, match="does not make keys"):
            keys.generate(algorithm)


@pytest.mark.parametrize("algorithm", [ES256, EDDSA, ECDH_ES])
def test_private_keys_are_made_inside_and_stay(keys: Pkcs11Keys, label: str, algorithm: str) -> None:
    """The token itself says that they are sensitive and not extractable, and shows no value."""
    keys.generate(algorithm)  # type: ignore[arg-type]  # the parameters are algorithms
    (private,) = objects(label, ObjectClass.PRIVATE_KEY)
    for name in (
        Attribute.SENSITIVE,
        Attribute.ALWAYS_SENSITIVE,
        Attribute.NEVER_EXTRACTABLE,
        Attribute.LOCAL,
    ):
        assert private[name] is True
    assert private[Attribute.EXTRACTABLE] is False
    assert (private[Attribute.SIGN], private[Attribute.DERIVE]) == (
        algorithm != ECDH_ES,
        algorithm == ECDH_ES,
    )
    with pytest.raises(AttributeSensitive):
        private[Attribute.VALUE]


def test_the_wrapping_key_is_made_once_and_stays_inside(keys: Pkcs11Keys, label: str) -> None:
    """Provisioning may be repeated, by this and by another process."""
    keys.provision()
    keys_of(label).provision()
    (wrapping,) = objects(label, ObjectClass.SECRET_KEY)
    assert (wrapping[Attribute.SENSITIVE], wrapping[Attribute.EXTRACTABLE]) == (True, False)
    with pytest.raises(AttributeSensitive):
        wrapping[Attribute.VALUE]


def test_nothing_is_wrapped_before_the_token_is_provisioned(label: str) -> None:
    """The refusal is clear, and a key that could not be stored is not left in the token."""
    keys = keys_of(label)
    with pytest.raises(KeyUnusable, match="not in the token"):
        keys.wrap(b"k" * 16, PURPOSE)
    with pytest.raises(KeyUnusable, match="not in the token"):
        keys.generate(ES256)
    assert objects(label, ObjectClass.PRIVATE_KEY) == []


def test_an_earlier_generation_stays_readable(keys: Pkcs11Keys, label: str) -> None:
    """The next generation wraps anew, reads the old, and rewraps references; the old one cannot read the new."""
    made, wrapped = keys.generate(ES256), keys.wrap(b"k" * 16, PURPOSE)
    second = keys_of(label, generation=2)
    with pytest.raises(SealError, match="generation"):
        keys.unwrap(wrapped[:1] + b"\x00\x02" + wrapped[3:], PURPOSE)
    second.provision()
    assert second.unwrap(wrapped, PURPOSE) == b"k" * 16
    rewrapped = second.rewrap(made)
    assert rewrapped[:3] == b"\x01\x00\x02"
    assert holds(made.handle, b"data", second.signer(made.handle, rewrapped).sign(b"data"))
    with pytest.raises(SealError, match="authenticate"):
        second.unwrap(wrapped[:1] + b"\x00\x02" + wrapped[3:], PURPOSE)
    with pytest.raises(KeyUnusable):
        keys_of(label, generation=0x10000)


def test_a_destroyed_key_is_gone_from_the_token(keys: Pkcs11Keys, label: str) -> None:
    """A signer loaded before refuses, a later load refuses, and neither is taken for a lost device."""
    made, kept = keys.generate(ES256), keys.generate(ES256)
    signer = keys.signer(made.handle, made.wrapped)
    keys.destroy(made.handle, made.wrapped)
    assert len(objects(label, ObjectClass.PRIVATE_KEY)) == len(objects(label, ObjectClass.PUBLIC_KEY)) == 1
    with pytest.raises(KeyUnusable, match="not in the token"):
        signer.sign(b"data")
    with pytest.raises(KeyUnusable, match="not in the token"):
        keys.signer(made.handle, made.wrapped)
    assert holds(kept.handle, b"data", keys.signer(kept.handle, kept.wrapped).sign(b"data"))


def test_a_private_key_put_in_the_place_of_another_is_found_out(keys: Pkcs11Keys, label: str) -> None:
    """Who can write to the token and gives another key the CKA_ID does not get it used."""
    made, other = keys.generate(ES256), keys.generate(ES256)
    key_ids = [keys.unwrap(key.wrapped, f"sign/ES256/{key.handle.kid}") for key in (made, other)]
    token = next(token for token in pkcs11.lib(softhsm.module()).get_tokens(token_label=label))
    session = token.open(rw=True)
    for old, new in (key_ids, (key_ids[1], key_ids[0])):
        (private,) = session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: old})
        private[Attribute.ID] = b"parked" if old == key_ids[0] else new
    with pytest.raises(KeyUnusable, match="not the one its handle names"):
        keys_of(label).signer(made.handle, made.wrapped)


def test_a_wrapping_key_put_there_by_others_is_not_used(keys: Pkcs11Keys, label: str) -> None:
    """Of two keys with one label none is trusted; one that can be read out is not even seen."""
    keys.check()
    token = next(token for token in pkcs11.lib(softhsm.module()).get_tokens(token_label=label))
    session = token.open(rw=True)
    for generation, hidden in ((2, False), (3, True), (3, True)):
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.SECRET_KEY,
                Attribute.KEY_TYPE: KeyType.AES,
                Attribute.VALUE: bytes(32),
                Attribute.LABEL: f"yihao wrapping key {generation}",
                Attribute.TOKEN: True,
                Attribute.ENCRYPT: True,
                Attribute.DECRYPT: True,
                Attribute.SENSITIVE: hidden,
                Attribute.EXTRACTABLE: not hidden,
            }
        )
    with pytest.raises(KeyUnusable, match="not in the token"):
        keys_of(label, generation=2).wrap(b"k" * 16, PURPOSE)
    with pytest.raises(KeyUnusable, match="same name"):
        keys_of(label, generation=3).wrap(b"k" * 16, PURPOSE)


def test_a_wrong_pin_is_tried_once(label: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token counts wrong PINs and may lock: the process says so every time and asks no second time."""
    keys, tries, opened = keys_of(label, pin="wrong-pin"), [], Token.open

    def counted(token: Token, pin: str | None) -> Bench:
        tries.append(pin)
        return opened(token, pin)

    monkeypatch.setattr(Token, "open", counted)
    acts: list[Callable[[], object]] = [keys.check, lambda: keys.random(8), lambda: keys.wrap(b"k", "p")]
    acts += [keys.provision, lambda: keys.generate(ES256), keys.check]
    with ThreadPoolExecutor(4) as pool:
        for outcome in [pool.submit(act) for act in acts]:
            with pytest.raises(KeyUnusable, match="PIN"):
                outcome.result()
    assert keys.algorithms
    assert tries == ["wrong-pin"]
    assert "wrong-pin" not in f"{keys!r}{keys._device!r}"
    right = keys_of(label)
    right.check()
    with pytest.raises(KeyUnusable, match="PIN"):
        keys.check()


def test_more_threads_than_sessions_take_turns(label: str) -> None:
    """Two sessions serve eight threads, and no more than two and the log-in's are ever open."""
    keys = keys_of(label, sessions=2)
    keys.provision()
    made = keys.generate(ES256)
    signer = keys.signer(made.handle, made.wrapped)
    with ThreadPoolExecutor(8) as pool:
        signatures = list(pool.map(lambda number: signer.sign(str(number).encode()), range(100)))
    assert all(holds(made.handle, str(n).encode(), signature) for n, signature in enumerate(signatures))
    line = keys._device._line
    assert line is not None
    assert 1 <= len(line.idle) <= 2


def test_a_module_stopped_by_others_is_started_again_in_the_same_call(keys: Pkcs11Keys) -> None:
    """A lost session that can be mended at once costs the caller nothing."""
    made = keys.generate(ES256)
    signer = keys.signer(made.handle, made.wrapped)
    acts: list[Callable[[], object]] = [
        lambda: signer.sign(b"data"),
        lambda: keys.wrap(b"k" * 16, PURPOSE),
        lambda: keys.unwrap(made.wrapped, f"sign/ES256/{made.handle.kid}"),
        lambda: keys.generate(ES256),
        lambda: keys.destroy(made.handle, made.wrapped),
        keys.check,
    ]
    for act in acts:
        finalize()
        act()


def test_the_loss_of_one_token_leaves_another_at_work(keys: Pkcs11Keys, label: str, tmp_path: Path) -> None:
    """Two tokens behind one module: starting it anew for one costs the other a new log-in and nothing more."""
    neighbour_label = softhsm.init_token()
    neighbour = keys_of(neighbour_label)
    neighbour.provision()
    made = neighbour.generate(ES256)
    signer = neighbour.signer(made.handle, made.wrapped)
    kept = softhsm.token_folder(label)
    keys.check()
    kept.replace(tmp_path / "away")
    try:
        for _ in range(20):
            with pytest.raises(DeviceUnavailable):
                keys.check()
            assert holds(made.handle, b"data", signer.sign(b"data"))
    finally:
        (tmp_path / "away").replace(kept)


def test_a_module_without_its_storage_does_not_start_and_comes_back(keys: Pkcs11Keys, tmp_path: Path) -> None:
    """C_Initialize itself fails: DeviceUnavailable in parent and child until the storage is there."""
    made = keys.generate(ES256)
    signer = keys.signer(made.handle, made.wrapped)
    tokens = softhsm.folder() / "tokens"
    tokens.replace(tmp_path / "tokens")
    try:
        for _ in range(3):
            with pytest.raises(DeviceUnavailable):
                signer.sign(b"data")

        def child() -> bytes:
            with pytest.raises(DeviceUnavailable):
                signer.sign(b"data")
            return b"refused"

        assert in_child(child) == b"refused"
    finally:
        (tmp_path / "tokens").replace(tokens)
    keys._device._retry_at = 0.0
    assert holds(made.handle, b"data", signer.sign(b"data"))


def test_a_dead_token_is_not_stormed(label: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many calls come, the module is started again after pauses that double up to a limit."""
    now, starts = [1000.0], []
    device = Device(softhsm.module(), label, softhsm.PIN, 2, lambda: now[0])
    device.use(lambda bench: bench.probe())
    restart = Module.restart

    def recorded(module: Module, seen: int) -> None:
        starts.append(now[0])
        restart(module, seen)

    monkeypatch.setattr(Module, "restart", recorded)
    kept = softhsm.token_folder(label)
    kept.replace(tmp_path / "away")
    try:
        for _ in range(3000):
            with pytest.raises(DeviceUnavailable):
                device.use(lambda bench: bench.probe())
            now[0] += 0.01
    finally:
        (tmp_path / "away").replace(kept)
    pauses = [later - earlier for earlier, later in pairwise(starts)]
    assert pauses[0] == pytest.approx(FIRST_PAUSE, abs=0.02)
    assert pauses == sorted(pauses)
    assert max(pauses) == pytest.approx(LONGEST_PAUSE, abs=0.02)
    assert len(starts) <= 13
    now[0] += LONGEST_PAUSE
    device.use(lambda bench: bench.probe())
    assert device._pause == 0.0


def test_a_process_starts_without_its_token(tmp_path: Path) -> None:
    """Nothing is touched at construction; what comes later is used without a new provider, and forks with it."""
    code = (
        "import os, sys, time\n"
        "from crypto.errors import DeviceUnavailable\n"
        "from crypto.keys.pkcs11_keys import Pkcs11Keys\n"
        "from tests.support import softhsm\n"
        "keys = Pkcs11Keys(softhsm.module(), 'late', softhsm.PIN)\n"
        "softhsm.folder()\n"
        "assert keys.algorithms == frozenset()\n"
        "try:\n    keys.check()\nexcept DeviceUnavailable:\n    pass\nelse:\n    sys.exit('no refusal')\n"
        "softhsm.init_token('late')\n"
        "for _ in range(100):\n"
        "    try:\n        keys.provision()\n        break\n"
        "    except DeviceUnavailable:\n        time.sleep(0.05)\n"
        "made = keys.generate('ES256')\n"
        "child = os.fork()\n"
        "if not child:\n    os._exit(len(keys.signer(made.handle, made.wrapped).sign(b'x')) - 64)\n"
        "sys.exit(os.waitpid(child, 0)[1] or sorted(keys.algorithms)[0] != 'ECDH-ES')\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_a_module_that_is_not_there_is_an_absent_device(tmp_path: Path) -> None:
    """A missing library and a file that is no library refuse clearly, every time."""
    (tmp_path / "text.so").write_text("not a library")
    for path in (tmp_path / "none.so", tmp_path / "text.so"):
        keys = Pkcs11Keys(str(path), "any", softhsm.PIN)
        assert keys.algorithms == frozenset()
        for _ in range(2):
            with pytest.raises(DeviceUnavailable):
                keys.check()
    assert pkcs11_device._modules.keys() >= {str(tmp_path / "none.so"), str(tmp_path / "text.so")}
