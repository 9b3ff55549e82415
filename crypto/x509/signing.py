"""What requests, certificates and lists of ours have in common: a name, a key's SPKI, a signature over DER.

The key may be in a device: whatever signs is a ``crypto.keys.handle.Signer`` that gives r‖s.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from asn1crypto import core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from crypto.errors import CertificateRejected
from crypto.keys import jwk
from crypto.keys.handle import ES256, SM2, KeyHandle
from crypto.sm.sm2 import rs_to_der
from crypto.x509 import oids
from crypto.x509.asn1 import Algorithm, PublicKeyInfo

LONGEST_NAME: Final = 200


class RsSigner(Protocol):
    """A private key that signs as r‖s, in software or in a device; ``crypto.keys.handle.Signer`` is one."""

    @property
    def handle(self) -> KeyHandle:
        """The key that signs."""

    def sign(self, data: bytes) -> bytes:
        """Sign data: 64 bytes r‖s."""


@dataclass(frozen=True, slots=True)
class _Form:
    """How a key of one algorithm stands in a certificate."""

    curve: str
    signature: str
    encode: Callable[[bytes], bytes]


def _ecdsa_der(rs: bytes) -> bytes:
    half = len(rs) // 2
    return encode_dss_signature(int.from_bytes(rs[:half], "big"), int.from_bytes(rs[half:], "big"))


_FORMS: Final[Mapping[str, _Form]] = {
    SM2: _Form(oids.SM2_CURVE, oids.SM2_WITH_SM3, rs_to_der),
    ES256: _Form(oids.P256_CURVE, oids.ECDSA_WITH_SHA256, _ecdsa_der),
}


def name_der(text: str) -> bytes:
    """Write a distinguished name from its text (RFC 4514); raises CertificateRejected("malformed")."""
    try:
        name = x509.Name.from_rfc4514_string(text)
    except (ValueError, TypeError):
        raise CertificateRejected("malformed") from None
    if not text or len(text) > LONGEST_NAME:
        raise CertificateRejected("malformed")
    return name.public_bytes()


def name_of(der: bytes) -> Any:
    """A name as asn1crypto has it, byte for byte."""
    return asn1_x509.Name.load(der, strict=True)


def spki_of(handle: KeyHandle) -> bytes:
    """Write the SubjectPublicKeyInfo of a signing key; raises CertificateRejected("key") for RSA and EdDSA."""
    point = b"\x04" + jwk.elliptic_public(handle.public_jwk)
    algorithm = Algorithm(
        {"algorithm": oids.EC_KEY, "parameters": core.ObjectIdentifier(_form(handle).curve)}
    )
    return bytes(PublicKeyInfo({"algorithm": algorithm, "public_key": point}).dump())


def algorithm_of(handle: KeyHandle) -> dict[str, str]:
    """The signature's AlgorithmIdentifier: without parameters for SM2 and ECDSA (RFC 5758 §3.2)."""
    return {"algorithm": _form(handle).signature}


def sign(signer: RsSigner, data: bytes) -> bytes:
    """Sign in the form of certificates: SEQUENCE{r, s}."""
    return _form(signer.handle).encode(signer.sign(data))


def _form(handle: KeyHandle) -> _Form:
    try:
        return _FORMS[handle.algorithm]
    except KeyError:
        raise CertificateRejected("key") from None
