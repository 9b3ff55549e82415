"""Content encryption of JWE: A256GCM (RFC 7518 §5.3) and SGD_SM4_GCM (GM/T 0125.3), with 12-byte IV and 16-byte tag."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.errors import SealError
from crypto.sm import sm4

IV_SIZE: Final = 12
TAG_SIZE: Final = 16

Seal = Callable[[bytes, bytes, bytes, bytes], bytes]


@dataclass(frozen=True, slots=True)
class ContentEncryption:
    """One cipher: its key size in bytes, and ``seal`` and ``open`` of (key, iv, data, associated data).

    Sealed data is the ciphertext followed by its tag; ``open`` raises SealError when anything was altered.
    """

    enc: str
    key_size: int
    seal: Seal
    open: Seal


def _aes_seal(key: bytes, iv: bytes, plaintext: bytes, associated: bytes) -> bytes:
    return AESGCM(key).encrypt(iv, plaintext, associated)


def _aes_open(key: bytes, iv: bytes, sealed: bytes, associated: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(iv, sealed, associated)
    except InvalidTag:
        raise SealError("sealed bytes do not authenticate") from None


CIPHERS: Final[Mapping[str, ContentEncryption]] = MappingProxyType(
    {
        cipher.enc: cipher
        for cipher in (
            ContentEncryption("A256GCM", 32, _aes_seal, _aes_open),
            ContentEncryption("SGD_SM4_GCM", sm4.KEY_SIZE, sm4.gcm_seal, sm4.gcm_open),
        )
    }
)
