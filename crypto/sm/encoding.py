"""Encodings of SM2 signatures and ciphertexts, read strictly (GM/T 0009-2012 §7.2, §7.3).

A signature is r‖s (64 bytes, as JOSE has it) or SEQUENCE{r, s}. A ciphertext is 04‖x‖y‖C3‖C2 or
SEQUENCE{x, y, OCTET STRING C3, OCTET STRING C2}. Only the one DER form of each value is read.
"""

from typing import Final

from crypto.errors import KeyUnusable, SealError, VerificationError
from crypto.sm import curve

RS_SIZE: Final = 64
_HALF = 32
_POINT_END = 65
_MIN_CIPHERTEXT = _POINT_END + _HALF + 1

_INTEGER = 0x02
_OCTET_STRING = 0x04
_SEQUENCE = 0x30


def check_rs(rs: bytes) -> None:
    """Accept r‖s with r, s in 1..n-1 and r+s ≠ 0 mod n (GM/T 0003.2 §7.1 B1, B2, B5).

    Raises VerificationError.
    """
    if len(rs) != RS_SIZE:
        raise VerificationError("an SM2 signature has 64 bytes")
    r = int.from_bytes(rs[:_HALF], "big")
    s = int.from_bytes(rs[_HALF:], "big")
    if not (0 < r < curve.N and 0 < s < curve.N and r + s != curve.N):
        raise VerificationError("an SM2 signature is out of range")


def rs_to_der(rs: bytes) -> bytes:
    """Write r‖s as DER (GM/T 0009 §7.3); raises VerificationError when it is out of range."""
    check_rs(rs)
    return _tlv(_SEQUENCE, _integer(rs[:_HALF]) + _integer(rs[_HALF:]))


def der_to_rs(der: bytes) -> bytes:
    """Read a DER signature as r‖s.

    Raises VerificationError for anything but the one DER form of values in range.
    """
    try:
        body = _Reader(_Reader(der).only(_SEQUENCE))
        rs = body.unsigned() + body.unsigned()
        body.end()
    except ValueError:
        raise VerificationError("an SM2 signature is not DER") from None
    check_rs(rs)
    return rs


def check_ciphertext(raw: bytes) -> None:
    """Accept 04‖x‖y‖C3‖C2 with C1 on the curve and C2 not empty; raises SealError (GM/T 0003.4 §7.1 B1)."""
    if len(raw) < _MIN_CIPHERTEXT or raw[0] != 0x04:
        raise SealError("not an SM2 ciphertext")
    try:
        curve.check_public(raw[1:_POINT_END])
    except KeyUnusable:
        raise SealError("the first part of an SM2 ciphertext is not on the curve") from None


def ciphertext_to_der(raw: bytes) -> bytes:
    """Write a raw ciphertext C1C3C2 as DER (GM/T 0009 §7.2); raises SealError when it is malformed."""
    check_ciphertext(raw)
    x, y = raw[1 : 1 + _HALF], raw[1 + _HALF : _POINT_END]
    hash_part, cipher_part = raw[_POINT_END : _POINT_END + _HALF], raw[_POINT_END + _HALF :]
    content = _integer(x) + _integer(y) + _tlv(_OCTET_STRING, hash_part) + _tlv(_OCTET_STRING, cipher_part)
    return _tlv(_SEQUENCE, content)


def der_to_ciphertext(der: bytes) -> bytes:
    """Read a DER ciphertext as raw C1C3C2; raises SealError for anything but its one DER form."""
    try:
        body = _Reader(_Reader(der).only(_SEQUENCE))
        x, y = body.unsigned(), body.unsigned()
        hash_part, cipher_part = body.take(_OCTET_STRING), body.take(_OCTET_STRING)
        body.end()
    except ValueError:
        raise SealError("an SM2 ciphertext is not DER") from None
    if len(hash_part) != _HALF:
        raise SealError("the hash of an SM2 ciphertext has 32 bytes")
    raw = b"\x04" + x + y + hash_part + cipher_part
    check_ciphertext(raw)
    return raw


def _tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def _integer(big_endian: bytes) -> bytes:
    content = big_endian.lstrip(b"\x00") or b"\x00"
    if content[0] & 0x80:
        content = b"\x00" + content
    return _tlv(_INTEGER, content)


class _Reader:
    """Reads DER values one after the other; raises ValueError for every form that DER forbids."""

    __slots__ = ("_data", "_position")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def only(self, tag: int) -> bytes:
        content = self.take(tag)
        self.end()
        return content

    def end(self) -> None:
        if self._position != len(self._data):
            raise ValueError("trailing bytes")

    def unsigned(self) -> bytes:
        """Read an INTEGER of 0..2^256-1 as 32 bytes; negative and over-long forms are refused."""
        content = self.take(_INTEGER)
        if not content or content[0] & 0x80:
            raise ValueError("empty or negative integer")
        if len(content) > 1 and content[0] == 0 and not content[1] & 0x80:
            raise ValueError("over-long integer")
        if len(content) > _HALF + 1 or (len(content) == _HALF + 1 and content[0]):
            raise ValueError("integer too large")
        return content[-_HALF:].rjust(_HALF, b"\x00")

    def take(self, tag: int) -> bytes:
        if self._bytes(1)[0] != tag:
            raise ValueError("unexpected tag")
        size = self._bytes(1)[0]
        if size == 0x80:
            raise ValueError("indefinite length")
        if size > 0x80:
            encoded = self._bytes(size & 0x7F)
            size = int.from_bytes(encoded, "big")
            if encoded[0] == 0 or size < 0x80:
                raise ValueError("over-long length")
        return self._bytes(size)

    def _bytes(self, size: int) -> bytes:
        end = self._position + size
        if end > len(self._data):
            raise ValueError("value is cut off")
        part = self._data[self._position : end]
        self._position = end
        return part
