"""Errors of this package.

::

    CryptoError
    ├── VerificationError      a signature, password or token does not hold
    │   ├── TokenRejected      a JWT does not hold; carries a machine word
    │   └── CertificateRejected  a certificate, request, CRL or OCSP answer does not hold; carries a machine word
    ├── SealError              sealed, wrapped or encrypted bytes do not open
    ├── KeyUnusable            key material is malformed, weak or not the one it claims to be
    │   └── ShareRefused       a share of a split key does not fit; carries a machine word
    ├── ProfileUnusable        what a peer is said to have agreed on makes no sense
    ├── SelfTestFailed         a known-answer test failed: the process must not start
    ├── EngineUnavailable      the native library is missing or was built without SM2
    └── DeviceUnavailable      the key device or key service does not answer

Messages never contain key bytes, plaintext or tokens.
"""


class CryptoError(Exception):
    """Base of everything this package raises on purpose."""


class VerificationError(CryptoError):
    """What was presented does not prove what it claims."""


class TokenRejected(VerificationError):
    """A token was refused; ``reason`` is a short machine word for logs and metrics, never shown to a user.

    Words in use: malformed, algorithm, typ, key, signature, expired, not_yet_valid, issuer, audience,
    missing, oversize, header, decryption.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CertificateRejected(VerificationError):
    """A certificate or what speaks about one was refused; ``reason`` is a short machine word, never shown to a user.

    Words in use: malformed, oversize, algorithm, key, signature, expired, not_yet_valid, issuer, authority,
    path_length, depth, key_usage, purpose, critical, name_constraints, revoked, revocation_unknown,
    revocation_unavailable, stale, responder, nonce, certificate, identity, profile.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SealError(CryptoError):
    """Sealed bytes are damaged, moved to another place, or sealed under another key."""


class KeyUnusable(CryptoError):
    """Key material is out of range, off the curve, publicly known, or not the one its handle names."""


class ProfileUnusable(CryptoError):
    """A peer's JOSE profile names what does not exist, or contradicts itself."""


class ShareRefused(KeyUnusable):
    """A share was refused; ``reason`` is a short machine word.

    Words in use: malformed, damaged, parameters, too_few, duplicate, other_set, check_value, unopened, context.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SelfTestFailed(CryptoError):
    """A known-answer test at boot gave another answer."""


class DeviceUnavailable(CryptoError):
    """The device or service that keeps a key does not answer: nothing was done, and a later try may succeed."""


class EngineUnavailable(CryptoError):
    """No library on this machine can do the work; the message says in one sentence which one and why."""
