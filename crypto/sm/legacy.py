"""Forms of SM2 values that other parties use, each read and written by a function of its own name.

Nothing here guesses: C1C2C3 and C1C3C2 have the same length, and x‖y may well begin with 04, so the profile of
a peer names the form and the caller the function. All checks of ``encoding`` and ``curve`` hold here too.
"""

from typing import Final

from crypto.errors import KeyUnusable, SealError, VerificationError
from crypto.sm import curve, encoding, sm3

_MARK: Final = b"\x04"
_C1_SIZE: Final = 1 + curve.POINT_SIZE
_C3_SIZE: Final = sm3.DIGEST_SIZE


def point_with_04_to_public(point: bytes) -> bytes:
    """Read 04‖x‖y as x‖y (GM/T 0009 §7.1).

    Raises KeyUnusable for compressed and hybrid forms, infinity, and points off the curve.
    """
    if len(point) != _C1_SIZE or not point.startswith(_MARK):
        raise KeyUnusable("an uncompressed SM2 point has 65 bytes and begins with 04")
    public = point[1:]
    curve.check_public(public)
    return public


def public_to_point_with_04(public: bytes) -> bytes:
    """Write x‖y as 04‖x‖y; raises KeyUnusable for a point off the curve."""
    curve.check_public(public)
    return _MARK + public


def rs_with_04_to_rs(signature: bytes) -> bytes:
    """Read 04‖r‖s as r‖s; raises VerificationError for other lengths, marks and values out of range."""
    if len(signature) != 1 + encoding.RS_SIZE or not signature.startswith(_MARK):
        raise VerificationError("not an SM2 signature that begins with 04")
    rs = signature[1:]
    encoding.check_rs(rs)
    return rs


def c1c2c3_to_ciphertext(legacy: bytes) -> bytes:
    """Read 04‖x‖y‖C2‖C3, the order before GM/T 0003.4-2012, as 04‖x‖y‖C3‖C2; raises SealError."""
    if len(legacy) <= _C1_SIZE + _C3_SIZE:
        raise SealError("not an SM2 ciphertext")
    raw = legacy[:_C1_SIZE] + legacy[-_C3_SIZE:] + legacy[_C1_SIZE:-_C3_SIZE]
    encoding.check_ciphertext(raw)
    return raw


def ciphertext_to_c1c2c3(raw: bytes) -> bytes:
    """Write 04‖x‖y‖C3‖C2 as 04‖x‖y‖C2‖C3; raises SealError when it is malformed."""
    encoding.check_ciphertext(raw)
    c3_end = _C1_SIZE + _C3_SIZE
    return raw[:_C1_SIZE] + raw[c3_end:] + raw[_C1_SIZE:c3_end]


def without_04_to_ciphertext(bare: bytes) -> bytes:
    """Read x‖y‖C3‖C2 as 04‖x‖y‖C3‖C2; raises SealError."""
    raw = _MARK + bare
    encoding.check_ciphertext(raw)
    return raw


def ciphertext_to_without_04(raw: bytes) -> bytes:
    """Write 04‖x‖y‖C3‖C2 as x‖y‖C3‖C2; raises SealError when it is malformed."""
    encoding.check_ciphertext(raw)
    return raw[1:]


def c1c2c3_without_04_to_ciphertext(bare: bytes) -> bytes:
    """Read x‖y‖C2‖C3, what gmssl makes unless told otherwise, as 04‖x‖y‖C3‖C2; raises SealError."""
    return c1c2c3_to_ciphertext(_MARK + bare)


def ciphertext_to_c1c2c3_without_04(raw: bytes) -> bytes:
    """Write 04‖x‖y‖C3‖C2 as x‖y‖C2‖C3; raises SealError when it is malformed."""
    return ciphertext_to_c1c2c3(raw)[1:]
