"""Base64url without padding (RFC 7515 §2), read strictly."""

import base64
import binascii
import re

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def encode(data: bytes) -> str:
    """Write bytes as base64url text without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Read base64url text without padding.

    Raises ValueError for padding, white space, foreign characters, impossible lengths and non-zero spare
    bits, so that every byte string has exactly one accepted form (RFC 4648 §3.5).
    """
    if not _ALPHABET.fullmatch(text):
        raise ValueError("not base64url")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise ValueError("not base64url") from None
    if encode(data) != text:
        raise ValueError("base64url is not canonical")
    return data
