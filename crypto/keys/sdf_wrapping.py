"""Key bytes under the key encryption key of an SDF device (GM/T 0018: GenerateKeyWithKEK, ImportKeyWithKEK).

Form: 1 byte version (1) | 4 bytes KEK index | twice 2 bytes length and a session key under the KEK | 16 bytes IV |
SM4-CBC ciphertext | 16 bytes tag. The first session key encrypts; the second authenticates what stands before the tag,
and the purpose: tag = SM4-CBC-MAC(SM3(4 bytes length of purpose | purpose | all before the tag)).

Encrypt-then-MAC, because SDF has no SM4-GCM that every vendor offers. The MAC is the device's (SDF_CalculateMAC), so
that neither session key is ever seen outside; it runs over an SM3 digest of fixed length, where CBC-MAC is sound and
vendors' padding plays no part. Both keys are fresh for each wrapping.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.padding import PKCS7

from crypto import compare
from crypto.errors import SealError
from crypto.keys.sdf_device import BLOCK, MAC_SIZE, SdfDevice
from crypto.keys.sdf_sessions import Session
from crypto.sm import sm3

_VERSION = 1
_BLOCK_BITS = 8 * BLOCK
_HEAD = 5


class SdfWrapping:
    """Wraps under one KEK, unwraps under that and earlier ones."""

    __slots__ = ("_device", "_held", "_kek")

    def __init__(self, device: SdfDevice, kek: int, earlier: Collection[int]) -> None:
        """Take the index of the current KEK, and those of KEKs that still unwrap."""
        self._device = device
        self._kek = kek
        self._held = frozenset((kek, *earlier))

    def wrap(self, session: Session, key: bytes, purpose: str) -> bytes:
        """Wrap key bytes for one purpose."""
        device, kek = self._device, self._kek
        padder = PKCS7(_BLOCK_BITS).padder()
        padded = padder.update(key) + padder.finalize()
        iv = device.random(session, BLOCK)
        with (
            device.new_session_key(session, kek) as (encrypting, first),
            device.new_session_key(session, kek) as (authenticating, second),
        ):
            ciphertext = device.cbc(session, "SDF_Encrypt", encrypting, iv, padded)
            body = _head(kek) + _framed(first) + _framed(second) + iv + ciphertext
            return body + device.mac(session, authenticating, _digest(body, purpose))

    def unwrap(self, session: Session, wrapped: bytes, purpose: str) -> bytes:
        """Give wrapped key bytes.

        Raises SealError for bytes that are damaged, of another purpose, or under a KEK that is not held.
        """
        device, parts = self._device, _read(wrapped)
        if parts.kek not in self._held:
            raise SealError("wrapped under a KEK that is not held")
        with device.session_key(session, parts.kek, parts.second) as authenticating:
            tag = device.mac(session, authenticating, _digest(parts.body, purpose))
        if not compare.equal(tag, parts.tag):
            raise SealError("wrapped bytes do not authenticate")
        with device.session_key(session, parts.kek, parts.first) as encrypting:
            padded = device.cbc(session, "SDF_Decrypt", encrypting, parts.iv, parts.ciphertext)
        unpadder = PKCS7(_BLOCK_BITS).unpadder()
        try:
            return unpadder.update(padded) + unpadder.finalize()
        except ValueError:
            raise SealError("wrapped bytes are padded in another way") from None


@dataclass(frozen=True, slots=True)
class _Parts:
    body: bytes
    kek: int
    first: bytes = field(repr=False)
    second: bytes = field(repr=False)
    iv: bytes
    ciphertext: bytes
    tag: bytes


def _read(wrapped: bytes) -> _Parts:
    body, tag = wrapped[:-MAC_SIZE], wrapped[-MAC_SIZE:]
    if len(body) < _HEAD or body[0] != _VERSION:
        raise SealError("not key bytes wrapped by an SDF device")
    first, rest = _unframed(body[_HEAD:])
    second, rest = _unframed(rest)
    iv, ciphertext = rest[:BLOCK], rest[BLOCK:]
    if not ciphertext or len(ciphertext) % BLOCK:
        raise SealError("not key bytes wrapped by an SDF device")
    return _Parts(body, int.from_bytes(body[1:_HEAD], "big"), first, second, iv, ciphertext, tag)


def _head(kek: int) -> bytes:
    return bytes((_VERSION,)) + kek.to_bytes(4, "big")


def _framed(part: bytes) -> bytes:
    return len(part).to_bytes(2, "big") + part


def _unframed(data: bytes) -> tuple[bytes, bytes]:
    end = 2 + int.from_bytes(data[:2], "big")
    if len(data) < end or end == 2:
        raise SealError("not key bytes wrapped by an SDF device")
    return data[2:end], data[end:]


def _digest(body: bytes, purpose: str) -> bytes:
    name = purpose.encode("utf-8")
    return sm3.digest(len(name).to_bytes(4, "big") + name + body)
