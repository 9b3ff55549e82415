"""What a helper answers, as the form brings it (specs/integration/ukey-helper.md): read whole or refused."""

import base64
from dataclasses import dataclass, field
from typing import Final

from crypto.errors import CertificateRejected
from crypto.x509 import certificate as certificates
from crypto.x509.certificate import Certificate

MOST_CERTIFICATES: Final = 8
LONGEST_SIGNATURE: Final = 1024
"""The signature of an RSA key of 8,192 bits."""


@dataclass(frozen=True, slots=True)
class UkeyAnswer:
    """The certificate of the key, those between it and its anchor where the helper has them, and the signature."""

    certificate: Certificate = field(repr=False)
    intermediates: tuple[Certificate, ...] = field(repr=False)
    signature: bytes = field(repr=False)


def read_answer(certificate: str, signature: str) -> UkeyAnswer | None:
    """Read two form fields; None when either is malformed.

    `certificate` is PEM, or base64 of DER with a space between certificates; that of the key stands first.
    `signature` is base64 (RFC 4648 §4).
    """
    try:
        first, *others = _certificates(certificate)
        signed = _octets(signature)
    except (CertificateRejected, ValueError):
        return None
    if len(signed) > LONGEST_SIGNATURE:
        return None
    return UkeyAnswer(first, tuple(others), signed)


def _certificates(text: str) -> tuple[Certificate, ...]:
    if text.lstrip().startswith("-----"):
        return certificates.parse_pem(text.encode("ascii"), MOST_CERTIFICATES)
    words = text.split()
    if not 1 <= len(words) <= MOST_CERTIFICATES:
        raise ValueError("one to eight certificates")
    return tuple(certificates.parse(_octets(word)) for word in words)


def _octets(text: str) -> bytes:
    """Octets of base64 text in its one form; raises ValueError."""
    octets = base64.b64decode(text)
    if base64.b64encode(octets).decode("ascii") != text:
        raise ValueError("base64 is not canonical")
    return octets
