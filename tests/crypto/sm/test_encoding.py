"""Signatures and ciphertexts of SM2 in their two forms, read strictly."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import SealError, VerificationError
from crypto.sm import curve, encoding

_KNOWN = json.loads((Path(__file__).parents[2] / "vectors" / "sm2" / "known.json").read_text())
_R, _S = bytes.fromhex(_KNOWN["r"]), bytes.fromhex(_KNOWN["s"])
_RAW = bytes.fromhex(_KNOWN["c1"] + _KNOWN["c3"] + _KNOWN["c2"])
_X, _Y, _C3, _C2 = _RAW[1:33], _RAW[33:65], _RAW[65:97], _RAW[97:]


def _scalar(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _tlv(tag: int, content: bytes) -> bytes:
    return bytes((tag, len(content))) + content


def _integers(*contents: bytes) -> bytes:
    return b"".join(_tlv(0x02, content) for content in contents)


def _ciphertext(body: bytes) -> bytes:
    return b"\x30\x81" + bytes((len(body),)) + body if len(body) > 127 else _tlv(0x30, body)


@pytest.mark.clause("GM/T 0009", "7.3")
def test_signature_has_the_der_form_of_the_standard() -> None:
    """Both integers of the sample begin with a set bit and so carry a zero byte."""
    der = _tlv(0x30, _integers(b"\x00" + _R, b"\x00" + _S))
    assert encoding.rs_to_der(_R + _S) == der
    assert encoding.der_to_rs(der) == _R + _S


@given(st.integers(1, curve.N - 1), st.integers(1, curve.N - 1))
@settings(max_examples=50, deadline=None)
def test_every_signature_in_range_survives_both_forms(r: int, s: int) -> None:
    """Small and large integers come back as they went."""
    if r + s == curve.N:
        return
    rs = _scalar(r) + _scalar(s)
    assert encoding.der_to_rs(encoding.rs_to_der(rs)) == rs


@pytest.mark.clause("GM/T 0003.2", "7.1")
@pytest.mark.parametrize(
    "rs",
    [
        bytes(32) + _S,
        _R + bytes(32),
        _scalar(curve.N) + _S,
        _R + _scalar(curve.N),
        b"\xff" * 32 + _S,
        _R + _scalar(curve.N - int.from_bytes(_R, "big")),
        (_R + _S)[:-1],
        _R + _S + b"\x00",
        b"",
    ],
    ids=["r=0", "s=0", "r=n", "s=n", "r>n", "r+s=n", "short", "long", "empty"],
)
def test_values_out_of_range_are_no_signature(rs: bytes) -> None:
    """Zero, n and above, a sum of n, and other lengths are refused in both directions."""
    with pytest.raises(VerificationError):
        encoding.check_rs(rs)
    with pytest.raises(VerificationError):
        encoding.rs_to_der(rs)


@pytest.mark.clause("GM/T 0009", "7.3")
@pytest.mark.parametrize(
    "der",
    [
        _tlv(0x30, _integers(_R, b"\x00" + _S)),
        _tlv(0x30, _integers(b"\x00\x00" + _R, b"\x00" + _S)),
        _tlv(0x30, _integers(b"\x00\x01", b"\x01")),
        _tlv(0x30, _integers(b"", b"\x01")),
        _tlv(0x30, _integers(b"\x00", b"\x01")),
        _tlv(0x30, _integers(b"\x01" + _R, b"\x00" + _S)),
        _tlv(0x30, _integers(b"\x01", b"\x01")) + b"\x00",
        _tlv(0x30, _integers(b"\x01", b"\x01", b"\x01")),
        _tlv(0x30, _integers(b"\x01")),
        b"\x30\x81\x06" + _integers(b"\x01", b"\x01"),
        b"\x30\x82\x00\x06" + _integers(b"\x01", b"\x01"),
        b"\x30\x80" + _integers(b"\x01", b"\x01") + b"\x00\x00",
        _tlv(0x31, _integers(b"\x01", b"\x01")),
        _tlv(0x30, _tlv(0x04, b"\x01") + _integers(b"\x01")),
        b"\x30\x06\x02\x01\x01\x02\x02\x01",
        b"\x30\xff",
        b"\x30",
        b"",
    ],
    ids=[
        "negative",
        "over-long with zeros",
        "over-long small",
        "empty integer",
        "zero",
        "33 significant bytes",
        "trailing after",
        "trailing inside",
        "one integer",
        "long length form",
        "longer length form",
        "indefinite length",
        "set",
        "octet string",
        "cut off",
        "length of 127 bytes",
        "tag alone",
        "nothing",
    ],
)
def test_signatures_that_are_not_der_are_refused(der: bytes) -> None:
    """Every second form of a signature is refused, so that none can be rewritten."""
    with pytest.raises(VerificationError):
        encoding.der_to_rs(der)


@pytest.mark.clause("GM/T 0009", "7.2")
def test_ciphertext_has_the_der_form_of_the_standard() -> None:
    """SEQUENCE{x, y, C3, C2}, with a zero byte before a set bit and none else."""
    body = _integers(_X, b"\x00" + _Y) + _tlv(0x04, _C3) + _tlv(0x04, _C2)
    assert encoding.ciphertext_to_der(_RAW) == _ciphertext(body)
    assert encoding.der_to_ciphertext(_ciphertext(body)) == _RAW


@pytest.mark.parametrize("size", [1, 100, 127, 128, 255, 256, 70_000])
def test_ciphertexts_of_every_length_survive_both_forms(size: int) -> None:
    """Short, long and longer length forms are written and read."""
    raw = _RAW[:97] + bytes(size)
    assert encoding.der_to_ciphertext(encoding.ciphertext_to_der(raw)) == raw


@pytest.mark.clause("GM/T 0003.4", "7.1")
@pytest.mark.parametrize(
    "raw",
    [
        b"\x04" + bytes(64) + _C3 + _C2,
        b"\x04" + _X + _X + _C3 + _C2,
        b"\x04" + _scalar(curve.P + int.from_bytes(_X, "big") % (2**256 - curve.P)) + _Y + _C3 + _C2,
        b"\x02" + _RAW[1:],
        _RAW[1:],
        _RAW[:97],
        b"",
    ],
    ids=["infinity", "off curve", "x above p", "compressed mark", "no mark", "empty plaintext", "nothing"],
)
def test_raw_ciphertexts_that_are_malformed_are_refused(raw: bytes) -> None:
    """C1 off the curve or without its mark, and an empty C2, never reach the engine."""
    with pytest.raises(SealError):
        encoding.check_ciphertext(raw)
    with pytest.raises(SealError):
        encoding.ciphertext_to_der(raw)


@pytest.mark.parametrize(
    "body",
    [
        _integers(_X, b"\x00" + _Y) + _tlv(0x04, _C3) + _tlv(0x04, _C2) + b"\x05\x00",
        _integers(_X, _Y) + _tlv(0x04, _C3) + _tlv(0x04, _C2),
        _integers(b"\x00" + _X, b"\x00" + _Y) + _tlv(0x04, _C3) + _tlv(0x04, _C2),
        _integers(_X, b"\x00" + _Y) + _tlv(0x04, _C3[:-1]) + _tlv(0x04, _C2),
        _integers(_X, b"\x00" + _Y) + _tlv(0x04, _C3) + _tlv(0x04, b""),
        _integers(_X, _X) + _tlv(0x04, _C3) + _tlv(0x04, _C2),
        _integers(_X, b"\x00" + _Y) + _tlv(0x04, _C2) + _tlv(0x04, _C3),
    ],
    ids=["trailing", "negative y", "over-long x", "short hash", "empty", "off curve", "C1C2C3"],
)
def test_der_ciphertexts_that_are_malformed_are_refused(body: bytes) -> None:
    """Other orders, lengths and forms are refused, trailing bytes inside and after too."""
    with pytest.raises(SealError):
        encoding.der_to_ciphertext(_ciphertext(body))


def test_bytes_after_a_der_ciphertext_are_refused() -> None:
    """The engine would ignore them; we do not."""
    with pytest.raises(SealError):
        encoding.der_to_ciphertext(encoding.ciphertext_to_der(_RAW) + b"\x00")
