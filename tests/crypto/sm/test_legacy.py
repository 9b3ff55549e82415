"""Other parties' forms of SM2 values, read only by the function that names them."""

import json
from collections.abc import Callable
from pathlib import Path

import gmssl.sm2
import pytest

from crypto.errors import CryptoError, KeyUnusable, SealError, VerificationError
from crypto.sm import curve, legacy, sm2

_KNOWN = json.loads((Path(__file__).parents[2] / "vectors" / "sm2" / "known.json").read_text())
_D = bytes.fromhex(_KNOWN["d"])
_PUBLIC = bytes.fromhex(_KNOWN["x"] + _KNOWN["y"])
_RS = bytes.fromhex(_KNOWN["r"] + _KNOWN["s"])
_C1, _C3, _C2 = (bytes.fromhex(_KNOWN[name]) for name in ("c1", "c3", "c2"))
_RAW = _C1 + _C3 + _C2


@pytest.mark.parametrize(
    ("read", "write", "form"),
    [
        (legacy.c1c2c3_to_ciphertext, legacy.ciphertext_to_c1c2c3, _C1 + _C2 + _C3),
        (legacy.without_04_to_ciphertext, legacy.ciphertext_to_without_04, _RAW[1:]),
        (
            legacy.c1c2c3_without_04_to_ciphertext,
            legacy.ciphertext_to_c1c2c3_without_04,
            (_C1 + _C2 + _C3)[1:],
        ),
    ],
    ids=["C1C2C3", "without 04", "C1C2C3 without 04"],
)
def test_ciphertext_forms_are_read_and_written(
    read: Callable[[bytes], bytes], write: Callable[[bytes], bytes], form: bytes
) -> None:
    """The published ciphertext goes through every form and opens; broken ones are refused both ways."""
    assert read(form) == _RAW
    assert write(_RAW) == form
    assert sm2.Sm2PrivateKey(_D).decrypt(read(form)) == _KNOWN["plaintext"].encode()
    for broken in (b"", form[:40], form[: 64 + 32], b"\x05" + form[1:], form[:20] + b"\x00" + form[21:]):
        with pytest.raises(SealError):
            read(broken)
    for broken in (b"", _RAW[1:], _RAW[:97], _C1[:64] + b"\x00" + _C3 + _C2):
        with pytest.raises(SealError):
            write(broken)


def test_a_form_read_by_another_name_does_not_open() -> None:
    """Nothing is guessed: a form read as another one is refused there or at the latest by C3."""
    key = sm2.Sm2PrivateKey(_D)
    forms = {
        legacy.c1c2c3_to_ciphertext: _C1 + _C2 + _C3,
        legacy.without_04_to_ciphertext: _RAW[1:],
        legacy.c1c2c3_without_04_to_ciphertext: (_C1 + _C2 + _C3)[1:],
    }
    for read in forms:
        for owner, form in forms.items():
            if owner is not read:
                with pytest.raises(SealError):
                    key.decrypt(read(form))


def test_what_gmssl_makes_by_default_is_read() -> None:
    """The package's own order and missing mark are one of the forms."""
    sender = gmssl.sm2.CryptSM2(private_key="", public_key=_PUBLIC.hex())
    sender.public_key = _PUBLIC.hex()
    made = sender.encrypt(b"from an old system")
    opened = sm2.Sm2PrivateKey(_D).decrypt(legacy.c1c2c3_without_04_to_ciphertext(made))
    assert opened == b"from an old system"
    receiver = gmssl.sm2.CryptSM2(private_key=_D.hex(), public_key="")
    sent = sm2.Sm2PublicKey(_PUBLIC).encrypt(b"to an old system")
    assert receiver.decrypt(legacy.ciphertext_to_c1c2c3_without_04(sent)) == b"to an old system"


@pytest.mark.clause("GM/T 0009", "7.1")
def test_points_with_their_mark_are_read_and_written() -> None:
    """04‖x‖y is x‖y and back."""
    assert legacy.point_with_04_to_public(b"\x04" + _PUBLIC) == _PUBLIC
    assert legacy.public_to_point_with_04(_PUBLIC) == b"\x04" + _PUBLIC


@pytest.mark.parametrize(
    "point",
    [
        _PUBLIC,
        b"\x02" + _PUBLIC[:32],
        b"\x06" + _PUBLIC,
        b"\x00",
        b"\x04" + bytes(64),
        b"\x04" + _PUBLIC[:63],
        b"\x04" + _PUBLIC + b"\x00",
        b"",
    ],
    ids=["no mark", "compressed", "hybrid", "infinity", "off curve", "short", "trailing", "nothing"],
)
def test_points_of_another_form_are_refused(point: bytes) -> None:
    """Only the uncompressed form with its mark is read."""
    with pytest.raises(KeyUnusable):
        legacy.point_with_04_to_public(point)


def test_keys_and_signatures_that_begin_with_04_are_not_shortened() -> None:
    """x = 04… without a mark stays whole: what gmssl strips is a digit of the key."""
    public = sm2.engine().public_key((11).to_bytes(32, "big"))
    assert public.hex().startswith("04")
    assert legacy.point_with_04_to_public(legacy.public_to_point_with_04(public)) == public
    with pytest.raises(KeyUnusable):
        legacy.point_with_04_to_public(public)


@pytest.mark.parametrize(
    "signature",
    [
        _RS,
        b"\x05" + _RS,
        b"\x04" + _RS[:63],
        b"\x04" + _RS + b"\x00",
        b"\x04" + bytes(32) + _RS[32:],
        b"\x04" + _RS[:32] + curve.N.to_bytes(32, "big"),
        b"",
    ],
)
def test_signatures_with_a_mark_are_read_strictly(signature: bytes) -> None:
    """Length, mark and ranges count."""
    assert legacy.rs_with_04_to_rs(b"\x04" + _RS) == _RS
    with pytest.raises(VerificationError):
        legacy.rs_with_04_to_rs(signature)


def test_a_public_key_off_the_curve_is_not_written() -> None:
    """Nothing leaves that nobody could read."""
    with pytest.raises(CryptoError):
        legacy.public_to_point_with_04(bytes(64))
