"""SM3 digest and what is built on it (GM/T 0004-2012), through hashlib and hmac."""

import hashlib
import hmac

DIGEST_SIZE = 32


def digest(data: bytes) -> bytes:
    """Give the 32-byte SM3 digest of data (GM/T 0004)."""
    return hashlib.new("sm3", data).digest()


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """Give the 32-byte HMAC-SM3 of data under key (RFC 2104 with SM3)."""
    return hmac.digest(key, data, "sm3")


def kdf(z: bytes, length: int) -> bytes:
    """Derive length bytes from the shared secret z (GM/T 0003.4 §5.4.3).

    Raises ValueError when length is negative or needs more than 2^32 - 1 blocks.
    """
    blocks = -(-length // DIGEST_SIZE)
    if not 0 <= blocks < 2**32:
        raise ValueError("length is out of range")
    return b"".join(digest(z + count.to_bytes(4, "big")) for count in range(1, blocks + 1))[:length]


def pbkdf2_sm3(password: bytes, salt: bytes, iterations: int, length: int) -> bytes:
    """Derive length bytes from a password with PBKDF2-HMAC-SM3 (RFC 8018 §5.2)."""
    return hashlib.pbkdf2_hmac("sm3", password, salt, iterations, length)
