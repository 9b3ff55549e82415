"""A signature over a message by the key of a certificate, in the forms in which key tokens give them.

SM2 and P-256 give r‖s of 64 bytes or SEQUENCE{r, s}, RSA an octet string under PKCS #1 v1.5 or PSS. Every value has
one accepted writing in each form. A DER form of exactly 64 bytes, which needs seven leading zero bytes in r and s, is
read as r‖s and so does not hold.
"""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from crypto.errors import CertificateRejected, VerificationError
from crypto.sm.sm2 import rs_to_der
from crypto.x509 import oids
from crypto.x509.keys import EcKey, PublicKey, RsaKey, Sm2Key

_RS: Final = 64
_P256_POINT: Final = 65
_SHA256: Final = hashes.SHA256()


def accept(key: PublicKey, data: bytes, signature: bytes) -> None:
    """Accept a signature over data by SM2 with SM3 under the default identity (GM/T 0009 §10), ECDSA or RSA with SHA-256.

    Raises CertificateRejected: key for a curve other than SM2 and P-256, signature when it does not hold.
    """
    if isinstance(key, Sm2Key):
        key.verify(data, _sm2_der(signature), oids.SM2_WITH_SM3)
    elif isinstance(key, EcKey) and len(key.bits) == _P256_POINT:
        key.verify(data, _ecdsa_der(signature), oids.ECDSA_WITH_SHA256)
    elif isinstance(key, RsaKey):
        _accept_rsa(key, data, signature)
    else:
        raise CertificateRejected("key")


def _sm2_der(signature: bytes) -> bytes:
    if len(signature) != _RS:
        return signature  # GM/T 0009 §7.3, held to its one form by the key
    try:
        return rs_to_der(signature)
    except VerificationError:
        raise CertificateRejected("signature") from None


def _ecdsa_der(signature: bytes) -> bytes:
    if len(signature) != _RS:
        return signature
    half = _RS // 2
    return encode_dss_signature(
        int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    )


def _accept_rsa(key: RsaKey, data: bytes, signature: bytes) -> None:
    try:
        key.verify(data, signature, oids.RSA_WITH_SHA256)
    except CertificateRejected:
        pass
    else:
        return
    pss = padding.PSS(padding.MGF1(_SHA256), _SHA256.digest_size)  # RFC 8017 §8.1, salt as long as the digest
    try:
        key.key.verify(signature, data, pss, _SHA256)
    except InvalidSignature:
        raise CertificateRejected("signature") from None
