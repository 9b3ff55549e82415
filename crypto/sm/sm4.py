"""SM4 block cipher (GM/T 0002-2012) in Galois/Counter Mode, through ``cryptography``."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB, GCM

from crypto.errors import KeyUnusable, SealError

KEY_SIZE = 16
NONCE_SIZE = 12
TAG_SIZE = 16


def gcm_seal(key: bytes, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """Encrypt and authenticate: returns ciphertext followed by the 16-byte tag (RFC 8998 §3.2).

    The caller gives a nonce of 12 bytes that was never used before under this key.
    """
    _check_sizes(key, nonce)
    encryptor = Cipher(SM4(key), GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(associated)
    return encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def gcm_open(key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
    """Give the plaintext of ciphertext‖tag.

    Raises SealError when any input is not the one that was sealed.
    """
    _check_sizes(key, nonce)
    if len(sealed) < TAG_SIZE:
        raise SealError("sealed bytes are too short")
    decryptor = Cipher(SM4(key), GCM(nonce, sealed[-TAG_SIZE:])).decryptor()
    decryptor.authenticate_additional_data(associated)
    plaintext = decryptor.update(sealed[:-TAG_SIZE])
    try:
        return plaintext + decryptor.finalize()
    except InvalidTag:
        raise SealError("sealed bytes do not authenticate") from None


def encrypt_block(key: bytes, block: bytes) -> bytes:
    """Encrypt one 16-byte block with nothing around it: for the known-answer test (GM/T 0002 annex A)."""
    _check_sizes(key, bytes(NONCE_SIZE))
    if len(block) != KEY_SIZE:
        raise ValueError("a block has 16 bytes")
    encryptor = Cipher(SM4(key), ECB()).encryptor()  # noqa: S305 - one block, for the known-answer test
    return encryptor.update(block) + encryptor.finalize()


def _check_sizes(key: bytes, nonce: bytes) -> None:
    if len(key) != KEY_SIZE:
        raise KeyUnusable("an SM4 key has 16 bytes")
    if len(nonce) != NONCE_SIZE:
        raise SealError("the nonce has 12 bytes")
