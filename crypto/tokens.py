"""The one source of randomness, and the digest form in which tokens are stored."""

import secrets

from crypto import base64url
from crypto.sm import sm3

_REFERENCE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def random_bytes(n: int) -> bytes:
    """Give n bytes from the operating system's generator."""
    return secrets.token_bytes(n)


def random_token(n_bytes: int = 32) -> str:
    """Give an unguessable token: n_bytes of randomness as base64url without padding."""
    return base64url.encode(secrets.token_bytes(n_bytes))


def digest(token: str) -> bytes:
    """Give the form in which a token is stored: 32 bytes of SM3 over its UTF-8 text.

    Fit for high-entropy tokens only; passwords go through ``crypto.passwords``.
    """
    return sm3.digest(token.encode("utf-8"))


def short_reference() -> str:
    """Give a reference for people to read out, like ``7H2K-93QF``: 40 random bits, without I, O, 0 and 1."""
    letters = [_REFERENCE_ALPHABET[byte & 31] for byte in secrets.token_bytes(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def random_handle() -> str:
    """A new id of 128 random bits as 32 lower-case hexadecimal digits: safe as an argument of a command, too."""
    return random_bytes(16).hex()
