"""PEM text (RFC 7468 §3, the strict form): blocks of one label and white space between them, nothing else."""

import base64
import binascii
import re
from typing import Final

from crypto.errors import CertificateRejected

_BLOCK: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END \1-----\s*")
_WIDTH = 64


def read(text: bytes, label: str, most: int, size: int) -> list[bytes]:
    """The contents of 1..most blocks of one label.

    Raises CertificateRejected: oversize for more than `size` bytes of text or more blocks, malformed for the rest.
    """
    if len(text) > size:
        raise CertificateRejected("oversize")
    found: list[bytes] = []
    position = len(text) - len(text.lstrip())
    while position < len(text):
        match = _BLOCK.match(text, position)
        if match is None or match[1] != label.encode():
            raise CertificateRejected("malformed")
        if len(found) == most:
            raise CertificateRejected("oversize")
        found.append(_decoded(match[2]))
        position = match.end()
    if not found:
        raise CertificateRejected("malformed")
    return found


def write(der: bytes, label: str) -> str:
    """One block, in lines of 64 characters."""
    body = base64.b64encode(der).decode("ascii")
    lines = [body[start : start + _WIDTH] for start in range(0, len(body), _WIDTH)]
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))


def _decoded(body: bytes) -> bytes:
    try:
        return binascii.a2b_base64(b"".join(body.split()), strict_mode=True)
    except binascii.Error:
        raise CertificateRejected("malformed") from None
