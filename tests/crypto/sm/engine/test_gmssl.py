"""The hardened last resort: what the pure-Python package leaves undone is done."""

import random

import gmssl.func
import gmssl.sm2
import pytest

from crypto.errors import EngineUnavailable, SealError
from crypto.sm import curve, second_opinion, sm3
from crypto.sm.engine.gmssl import GmsslEngine

_D = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")


@pytest.fixture
def engine() -> GmsslEngine:
    return GmsslEngine()


def test_it_says_that_it_is_unsafe(engine: GmsslEngine) -> None:
    """Both the machine's word and the name that logs and ``yihao health`` show."""
    assert engine.is_unsafe
    assert engine.name == "gmssl 3.2.2 (pure Python, unsafe)"


def test_the_packages_own_generator_is_never_asked(
    engine: GmsslEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """gmssl draws nonces from a generator that can be foretold: no operation touches it."""

    def asked(*_: object) -> str:
        raise AssertionError("gmssl's generator was asked")

    monkeypatch.setattr(gmssl.func, "random_hex", asked)
    monkeypatch.setattr(gmssl.sm2, "choice", asked)
    public = engine.public_key(engine.generate())
    engine.sign(_D, bytes(32))
    engine.load_signer(_D, b"").sign(b"data")
    engine.encrypt(public, b"data")
    engine.shared_point(_D, engine.generate(), public, public)


def test_seeding_the_generator_of_python_changes_nothing(engine: GmsslEngine) -> None:
    """Two signatures from the same seed differ."""
    drawn = set()
    for _ in range(2):
        random.seed(1)
        drawn.add(engine.sign(_D, bytes(32))[:32])
    assert len(drawn) == 2


def test_a_mask_of_zeros_and_a_useless_nonce_are_drawn_again(
    engine: GmsslEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """k = 470 masks one byte by zero for this key, and the digest -x(G) makes r zero with k = 1."""
    public = engine.public_key(_D)
    shared = engine.public_key((470 * int.from_bytes(_D, "big") % curve.N).to_bytes(32, "big"))
    assert sm3.kdf(shared, 1) == b"\x00"
    numbers = iter([470, 469, 1, 2])
    monkeypatch.setattr(curve, "random_scalar", lambda _highest: next(numbers).to_bytes(32, "big"))
    ciphertext = engine.encrypt(public, b"Z")
    assert ciphertext[1:65] == engine.public_key((469).to_bytes(32, "big"))
    assert engine.decrypt(_D, ciphertext) == b"Z"
    e = (-curve.GX % curve.N).to_bytes(32, "big")
    engine.verify(public, e, engine.sign(_D, e))
    assert next(numbers, None) is None


def test_what_gmssl_would_open_is_refused(engine: GmsslEngine) -> None:
    """gmssl itself gives an altered plaintext for this ciphertext; the engine compares C3."""
    ciphertext = engine.encrypt(engine.public_key(_D), b"uid=001")
    altered = ciphertext[:-1] + bytes((ciphertext[-1] ^ 3,))
    assert gmssl.sm2.CryptSM2(_D.hex(), "", mode=1).decrypt(altered[1:]) == b"uid=002"
    with pytest.raises(SealError):
        engine.decrypt(_D, altered)


def test_another_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hardening fits one version of one distribution."""
    monkeypatch.setattr(gmssl.sm2, "__file__", "/elsewhere/gmssl/sm2.py")
    second_opinion.require_pinned.cache_clear()
    try:
        with pytest.raises(EngineUnavailable, match="import name"):
            GmsslEngine()
    finally:
        second_opinion.require_pinned.cache_clear()
