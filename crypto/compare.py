"""Comparison of secrets in constant time."""

import hmac


def equal(a: bytes, b: bytes) -> bool:
    """Say whether two byte strings are the same, in time that depends only on their lengths."""
    return hmac.compare_digest(a, b)
