"""The check of SM2 signatures by a library that shares no code with the engine."""

import importlib.metadata
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import gmssl.sm2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import EngineUnavailable, KeyUnusable, VerificationError
from crypto.sm import curve, second_opinion, sm2, sm3

_KNOWN = json.loads((Path(__file__).parents[2] / "vectors" / "sm2" / "known.json").read_text())
_PUBLIC = bytes.fromhex(_KNOWN["x"] + _KNOWN["y"])
_E = bytes.fromhex(_KNOWN["e"])
_R, _S = bytes.fromhex(_KNOWN["r"]), bytes.fromhex(_KNOWN["s"])


@pytest.fixture
def unchecked() -> Iterator[None]:
    """The pin is asked once a process; forget the answer before and after."""
    second_opinion.require_pinned.cache_clear()
    yield
    second_opinion.require_pinned.cache_clear()


def test_the_published_signature_holds() -> None:
    """The sample of GM/T 0003.5 is accepted."""
    second_opinion.verify(_PUBLIC, _E, _R + _S)


def test_the_published_message_holds_by_its_own_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Z and e are reckoned by gmssl too: an auditor's machine needs no SM3 in its libraries."""

    def missing(_data: bytes) -> bytes:
        raise ValueError("unsupported hash type sm3")

    monkeypatch.setattr(sm3, "digest", missing)
    identity = _KNOWN["identity"].encode()
    second_opinion.verify_message(_PUBLIC, _KNOWN["message"].encode(), _R + _S, identity)
    for message, other in ((b"message digest.", identity), (b"message digest", b"")):
        with pytest.raises(VerificationError):
            second_opinion.verify_message(_PUBLIC, message, _R + _S, other)


@pytest.mark.parametrize("size", [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000])
def test_its_digest_is_the_same_at_every_length(size: int) -> None:
    """Messages around the ends of blocks are verified as they were signed."""
    key = sm2.Sm2PrivateKey.generate()
    data = bytes(size)
    second_opinion.verify_message(key.public_key.raw, data, key.sign(data))


def test_a_message_under_a_key_off_the_curve_is_refused() -> None:
    """As with digests, and an identity too long for its length field is refused like everywhere."""
    with pytest.raises(KeyUnusable):
        second_opinion.verify_message(bytes(64), b"data", _R + _S)
    with pytest.raises(ValueError, match="identity"):
        second_opinion.verify_message(_PUBLIC, b"data", _R + _S, bytes(8192))


@given(st.integers(1, curve.N - 2), st.binary(max_size=64))
@settings(max_examples=8, deadline=None)
def test_it_accepts_what_the_engine_signs(number: int, data: bytes) -> None:
    """Signatures of the engine hold by the other library."""
    key = sm2.Sm2PrivateKey(number.to_bytes(32, "big"))
    digest = sm2.message_digest(key.public_key.raw, data, sm2.DEFAULT_IDENTITY)
    second_opinion.verify(key.public_key.raw, digest, key.sign(data))


@pytest.mark.parametrize("number", [11, 307])
def test_keys_that_begin_with_the_digits_04_are_not_damaged(number: int) -> None:
    """gmssl's constructor strips them; here such keys verify like any other."""
    d = number.to_bytes(32, "big")
    public = sm2.engine().public_key(d)
    assert public.hex().startswith("04")
    second_opinion.verify(public, _E, sm2.engine().sign(d, _E))


@pytest.mark.parametrize(
    ("digest", "rs"),
    [
        (_E, bytes(32) + _S),
        (_E, _R + bytes(32)),
        (_E, curve.N.to_bytes(32, "big") + _S),
        (_E, _R + (curve.N - int.from_bytes(_R, "big")).to_bytes(32, "big")),
        (_E, _R + _S + b"\x00"),
        (_E, _S + _R),
        (_E[:-1] + b"\x00", _R + _S),
        (b"\x00" + _E, _R + _S),
        (b"", _R + _S),
    ],
    ids=["r=0", "s=0", "r=n", "r+s=n", "trailing", "swapped", "other digest", "long digest", "no digest"],
)
def test_what_gmssl_would_let_pass_is_refused(digest: bytes, rs: bytes) -> None:
    """Ranges, lengths and digests are checked before gmssl is asked."""
    with pytest.raises(VerificationError):
        second_opinion.verify(_PUBLIC, digest, rs)


def test_public_keys_off_the_curve_are_refused() -> None:
    """gmssl would calculate with any pair of numbers."""
    with pytest.raises(KeyUnusable):
        second_opinion.verify(_PUBLIC[:63] + bytes((_PUBLIC[63] ^ 1,)), _E, _R + _S)


def test_a_sum_at_infinity_is_refused() -> None:
    """With P = G and r = -2s the sum sG + tP is infinity, which gmssl cannot express: no crash."""
    generator = curve.GX.to_bytes(32, "big") + curve.GY.to_bytes(32, "big")
    s = 12345
    rs = (curve.N - 2 * s).to_bytes(32, "big") + s.to_bytes(32, "big")
    with pytest.raises(VerificationError):
        second_opinion.verify(generator, _E, rs)
    with pytest.raises(VerificationError):
        sm2.engine().verify(generator, _E, rs)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("version", ["3.2.1", "3.2.3", "4.0"])
def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    """The work-arounds fit one version, so no other is asked."""
    other = SimpleNamespace(version=version)
    monkeypatch.setattr(importlib.metadata, "distribution", lambda _name: other)
    with pytest.raises(EngineUnavailable, match=version):
        second_opinion.verify(_PUBLIC, _E, _R + _S)


@pytest.mark.usefixtures("unchecked")
def test_another_library_under_the_same_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """gmssl-python imports as gmssl too; the module must be the pinned distribution's file."""
    monkeypatch.setattr(gmssl.sm2, "__file__", "/elsewhere/gmssl/sm2.py")
    with pytest.raises(EngineUnavailable, match="import name"):
        second_opinion.verify(_PUBLIC, _E, _R + _S)


@pytest.mark.usefixtures("unchecked")
def test_a_missing_distribution_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module without its distribution's record is not trusted."""

    def missing(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    with pytest.raises(EngineUnavailable, match="not installed"):
        second_opinion.verify(_PUBLIC, _E, _R + _S)
