"""SM4 block cipher (GM/T 0002-2012) in GCM, CBC and CTR (GB/T 17964-2021), through ``cryptography``.

GCM is the mode of everything of ours. CBC and CTR do not authenticate: they are for peers and formats that
prescribe them, and whoever opens such bytes must first have verified a MAC or signature over them.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC, CTR, ECB, GCM
from cryptography.hazmat.primitives.padding import PKCS7

from crypto.errors import KeyUnusable, SealError

KEY_SIZE = 16
NONCE_SIZE = 12
TAG_SIZE = 16
BLOCK_SIZE = 16


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
    except (InvalidTag, ValueError):
        # OpenSSL tells the same failure otherwise where a library left errors in this thread's queue.
        raise SealError("sealed bytes do not authenticate") from None


def cbc_encrypt(key: bytes, iv: bytes, plaintext: bytes) -> bytes:
    """Encrypt with PKCS#7 padding, 1 to 16 bytes longer (GB/T 17964-2021, RFC 5652 §6.3).

    The caller gives an unpredictable IV of 16 bytes, fresh for each message.
    """
    _check_block_sizes(key, iv)
    padder = PKCS7(8 * BLOCK_SIZE).padder()
    encryptor = Cipher(SM4(key), CBC(iv)).encryptor()
    padded = padder.update(plaintext) + padder.finalize()
    return encryptor.update(padded) + encryptor.finalize()


def cbc_decrypt(key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    """Give the plaintext; raises SealError unless every byte of the padding is right.

    A fault of the padding answers in the same words as one of the length: it must look like any other
    SealError from outside, or the answers decrypt the message (a padding oracle).
    """
    _check_block_sizes(key, iv)
    if not ciphertext or len(ciphertext) % BLOCK_SIZE:
        raise SealError("encrypted bytes do not open")
    decryptor = Cipher(SM4(key), CBC(iv)).decryptor()
    unpadder = PKCS7(8 * BLOCK_SIZE).unpadder()
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    try:
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        raise SealError("encrypted bytes do not open") from None


def ctr(key: bytes, counter: bytes, data: bytes) -> bytes:
    """Encrypt or decrypt, which are the same, from a first counter block of 16 bytes (GB/T 17964-2021).

    No counter block may ever come twice under one key: the caller leaves room for data in its low bytes.
    """
    _check_block_sizes(key, counter)
    encryptor = Cipher(SM4(key), CTR(counter)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def encrypt_block(key: bytes, block: bytes) -> bytes:
    """Encrypt one 16-byte block with nothing around it: for the known-answer test (GM/T 0002 annex A)."""
    _check_key(key)
    if len(block) != BLOCK_SIZE:
        raise ValueError("a block has 16 bytes")
    encryptor = Cipher(SM4(key), ECB()).encryptor()  # noqa: S305 - one block, for the known-answer test
    return encryptor.update(block) + encryptor.finalize()


def _check_sizes(key: bytes, nonce: bytes) -> None:
    _check_key(key)
    if len(nonce) != NONCE_SIZE:
        raise SealError("the nonce has 12 bytes")


def _check_block_sizes(key: bytes, start: bytes) -> None:
    _check_key(key)
    if len(start) != BLOCK_SIZE:
        raise SealError("the first block has 16 bytes")


def _check_key(key: bytes) -> None:
    if len(key) != KEY_SIZE:
        raise KeyUnusable("an SM4 key has 16 bytes")
