"""Errors of this package.

::

    CryptoError
    ├── VerificationError      a signature, password or token does not hold
    │   └── TokenRejected      a JWT does not hold; carries a machine word
    ├── SealError              sealed, wrapped or encrypted bytes do not open
    ├── KeyUnusable            key material is malformed, weak or not the one it claims to be
    ├── SelfTestFailed         a known-answer test failed: the process must not start
    └── EngineUnavailable      the native library is missing or was built without SM2

Messages never contain key bytes, plaintext or tokens.
"""


class CryptoError(Exception):
    """Base of everything this package raises on purpose."""


class VerificationError(CryptoError):
    """What was presented does not prove what it claims."""


class TokenRejected(VerificationError):
    """A token was refused; ``reason`` is a short machine word for logs and metrics, never shown to a user.

    Words in use: malformed, algorithm, typ, key, signature, expired, not_yet_valid, issuer, audience,
    missing, oversize, header.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SealError(CryptoError):
    """Sealed bytes are damaged, moved to another place, or sealed under another key."""


class KeyUnusable(CryptoError):
    """Key material is out of range, off the curve, publicly known, or not the one its handle names."""


class SelfTestFailed(CryptoError):
    """A known-answer test at boot gave another answer."""


class EngineUnavailable(CryptoError):
    """No library on this machine can do the work; the message says in one sentence which one and why."""
