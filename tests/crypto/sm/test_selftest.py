"""The self-test at boot."""

import hashlib
from collections.abc import Callable

import pytest

from crypto.errors import SelfTestFailed, VerificationError
from crypto.sm import second_opinion, selftest, sm2, sm3, sm4
from crypto.sm.engine.choose import choose
from crypto.sm.engine.openssl import OpenSslEngine
from crypto.sm.engine.port import PreparedSigner


def test_it_passes_here_quickly_and_says_what_it_checked() -> None:
    """Every check runs in well under half a second and the report names the engine."""
    report = selftest.run()
    assert report.engine == sm2.engine().name
    assert report.checks == (
        "sm3",
        "hmac-sm3",
        "sm4-block",
        "sm4-gcm",
        "sm4-cbc",
        "sm4-ctr",
        "sm2-digest",
        "sm2-known-signature",
        "sm2-sign",
        "sm2-second-opinion",
        "sm2-tamper",
        "sm2-encrypt",
        "sm2-agreement",
    )
    assert 0 < report.seconds < 0.5


@pytest.mark.parametrize("name", ["botan", "openssl", "gmssl"])
def test_it_passes_on_every_engine(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The report names the engine that was settled."""
    monkeypatch.setattr(sm2, "engine", lambda: choose(name))
    assert selftest.run().engine == choose(name).name


def _flip(data: bytes) -> bytes:
    return data[:-1] + bytes((data[-1] ^ 1,))


def _no_sm3(_data: bytes) -> bytes:
    return hashlib.new("sm3-that-is-not-built").digest()


@pytest.mark.parametrize(
    ("module", "function", "broken", "named"),
    [
        (sm3, "digest", lambda data: hashlib.sha256(data).digest(), "sm3"),
        (sm3, "digest", _no_sm3, "sm3"),
        (sm3, "hmac_sm3", lambda _key, _data: bytes(32), "hmac-sm3"),
        (sm4, "encrypt_block", lambda _key, block: block, "sm4-block"),
        (sm4, "gcm_seal", lambda _key, _nonce, plaintext, _associated: plaintext, "sm4-gcm"),
        (sm4, "gcm_open", lambda _key, _nonce, _sealed, _associated: selftest._GCM_PLAINTEXT, "sm4-gcm"),
        (sm4, "cbc_encrypt", lambda _key, _iv, plaintext: plaintext, "sm4-cbc"),
        (sm4, "cbc_decrypt", lambda _key, _iv, _ciphertext: selftest._CBC_PLAINTEXT, "sm4-cbc"),
        (sm4, "ctr", lambda _key, _counter, data: data, "sm4-ctr"),
        (sm3, "kdf", lambda _z, length: bytes(length), "sm2-agreement"),
        (sm2, "z_value", lambda _public, _identity: bytes(32), "sm2-digest"),
    ],
    ids=[
        "other digest",
        "library without SM3",
        "hmac",
        "block",
        "gcm seals",
        "gcm opens all",
        "cbc",
        "cbc opens all",
        "ctr",
        "kdf",
        "Z",
    ],
)
def test_a_wrong_answer_is_named(
    monkeypatch: pytest.MonkeyPatch,
    module: object,
    function: str,
    broken: Callable[..., bytes],
    named: str,
) -> None:
    """Each primitive that answers wrongly fails the check of its name."""
    monkeypatch.setattr(module, function, broken)
    with pytest.raises(SelfTestFailed, match=named):
        selftest.run()


class _AcceptsAll(OpenSslEngine):
    def verify(self, public: bytes, digest_e: bytes, rs: bytes) -> None:
        pass


class _SignsWrong(OpenSslEngine):
    def sign(self, d: bytes, digest_e: bytes) -> bytes:
        return _flip(super().sign(d, digest_e))


class _WrongIdentity(OpenSslEngine):
    def load_signer(self, d: bytes, identity: bytes) -> PreparedSigner:
        return super().load_signer(d, b"")


class _OpensAll(OpenSslEngine):
    def decrypt(self, d: bytes, ciphertext: bytes) -> bytes:
        return selftest._PLAINTEXT


class _AgreesWithItself(OpenSslEngine):
    def shared_point(self, d: bytes, ephemeral_d: bytes, public: bytes, ephemeral: bytes) -> bytes:
        return self.public_key(d)


class _RefusesAll(OpenSslEngine):
    def verify(self, public: bytes, digest_e: bytes, rs: bytes) -> None:
        raise VerificationError("no")


@pytest.mark.parametrize(
    ("engine", "named"),
    [
        (_AcceptsAll, "sm2-tamper"),
        (_SignsWrong, "sm2-sign"),
        (_WrongIdentity, "sm2-second-opinion"),
        (_OpensAll, "sm2-encrypt"),
        (_AgreesWithItself, "sm2-agreement"),
        (_RefusesAll, "sm2-known-signature"),
    ],
)
def test_a_broken_engine_is_found(
    monkeypatch: pytest.MonkeyPatch, engine: type[OpenSslEngine], named: str
) -> None:
    """An engine that accepts all, refuses all, signs wrongly or forgets the identity does not start."""
    broken = engine()
    monkeypatch.setattr(sm2, "engine", lambda: broken)
    with pytest.raises(SelfTestFailed, match=named):
        selftest.run()


def test_a_dissenting_second_opinion_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """When gmssl refuses what the engine signed, the process does not start."""

    def dissent(_public: bytes, _digest: bytes, _rs: bytes) -> None:
        raise VerificationError("no")

    monkeypatch.setattr(second_opinion, "verify", dissent)
    with pytest.raises(SelfTestFailed, match="sm2-second-opinion"):
        selftest.run()
