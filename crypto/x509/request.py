"""Certification requests, PKCS #10 (RFC 2986): written by a key's holder, read with proof that it has the key.

Only subject and key are taken from a request; what a certificate may do is the authority's table.
"""

from dataclasses import dataclass, field
from typing import Final

from asn1crypto import csr as asn1_csr
from cryptography import x509

from crypto.errors import CertificateRejected
from crypto.x509 import pem, signing
from crypto.x509.asn1 import check_octets, guarded
from crypto.x509.certificate import Name
from crypto.x509.keys import PublicKey, read_public_key

LABEL: Final = "CERTIFICATE REQUEST"
MOST_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose signature holds: the holder of the key asks to be called by this name."""

    der: bytes = field(repr=False)
    subject: Name
    spki: bytes = field(repr=False)
    public_key: PublicKey = field(repr=False)

    def pem(self) -> str:
        """The request as PEM text."""
        return pem.write(self.der, LABEL)


def write(subject: str, signer: signing.RsSigner) -> Request:
    """Ask for a certificate of this name (RFC 4514) for the signer's key, SM2 or ES256.

    Raises CertificateRejected: malformed for the name, key for another algorithm.
    """
    info = asn1_csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": signing.name_of(signing.name_der(subject)),
            "subject_pk_info": asn1_csr.PublicKeyInfo.load(signing.spki_of(signer.handle)),
            "attributes": [],
        }
    )
    request = asn1_csr.CertificationRequest(
        {
            "certification_request_info": info,
            "signature_algorithm": signing.algorithm_of(signer.handle),
            "signature": signing.sign(signer, info.dump()),
        }
    )
    return parse(request.dump())


def parse(data: bytes) -> Request:
    """Read one request from DER or PEM and verify its signature by its own key (RFC 2986 §3 note 1).

    Raises CertificateRejected: oversize, malformed, key, algorithm, signature.
    """
    if len(data) > MOST_BYTES:
        raise CertificateRejected("oversize")
    if data.lstrip()[:5] == b"-----":
        data = pem.read(data, LABEL, 1, MOST_BYTES)[0]
    return guarded(lambda: _read(data))


def _read(der: bytes) -> Request:
    strict = x509.load_der_x509_csr(der)
    whole = asn1_csr.CertificationRequest.load(der, strict=True)
    check_octets(whole["signature"])
    info = whole["certification_request_info"]
    spki = info["subject_pk_info"].dump()
    key = read_public_key(spki)
    key.verify(strict.tbs_certrequest_bytes, strict.signature, strict.signature_algorithm_oid.dotted_string)
    return Request(bytes(der), Name(strict.subject.rfc4514_string(), info["subject"].dump()), spki, key)
