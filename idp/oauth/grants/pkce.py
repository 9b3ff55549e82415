"""Proof Key for Code Exchange (RFC 7636), method S256 only."""

import hashlib
import re

from crypto import base64url
from crypto.compare import equal

METHODS = ("S256",)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 §4.2)."""
    return base64url.encode(hashlib.sha256(verifier.encode("ascii")).digest())


def is_proven(verifier: str, code_challenge: str) -> bool:
    """Whether a verifier is well formed (RFC 7636 §4.1) and answers the challenge (§4.6)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    return equal(challenge_of(verifier).encode(), code_challenge.encode())
