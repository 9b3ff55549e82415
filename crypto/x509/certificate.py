"""A certificate, parsed or refused (RFC 5280 §4; GM/T 0015 for SM2).

Parsing holds the DER to the letter and reads the key, but decides nothing about trust: ``path.build`` does.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from asn1crypto import x509 as asn1_x509
from cryptography import x509

from crypto.errors import CertificateRejected
from crypto.sm import sm3
from crypto.x509 import pem
from crypto.x509.asn1 import check_octets, guarded
from crypto.x509.extensions import Extensions, RawExtension, read
from crypto.x509.keys import PublicKey, read_public_key

LABEL: Final = "CERTIFICATE"
MOST_BYTES: Final = 16 * 1024
MOST_IN_CHAIN: Final = 10
MOST_TEXT: Final = MOST_IN_CHAIN * MOST_BYTES * 3 // 2

_VERSION_3: Final = x509.Version.v3
_INTEGER: Final = 0x02


@dataclass(frozen=True, slots=True)
class Name:
    """A distinguished name: its text (RFC 4514) for people and tables, its DER for comparing."""

    text: str
    der: bytes = field(repr=False)

    @property
    def common_name(self) -> str:
        """The common name, or the last of several; empty where there is none.

        Raises CertificateRejected("malformed") for a string that its type does not hold.
        """
        found = guarded(lambda: asn1_x509.Name.load(self.der, strict=True).native.get("common_name", ""))
        return str(found[-1] if isinstance(found, list) else found)


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate of version 3. Times are aware, in UTC. Equal when the DER is."""

    der: bytes = field(repr=False)
    tbs: bytes = field(repr=False, compare=False)
    signature: bytes = field(repr=False, compare=False)
    signature_algorithm: str = field(compare=False)
    serial: int = field(compare=False)
    issuer: Name = field(compare=False)
    subject: Name = field(repr=False, compare=False)
    not_before: datetime = field(compare=False)
    not_after: datetime = field(compare=False)
    spki: bytes = field(repr=False, compare=False)
    public_key: PublicKey = field(repr=False, compare=False)
    extensions: Extensions = field(repr=False, compare=False)

    @property
    def thumbprint_sm3(self) -> bytes:
        """SM3 of the DER, 32 bytes."""
        return sm3.digest(self.der)

    @property
    def thumbprint_sha256(self) -> bytes:
        """SHA-256 of the DER, 32 bytes (the x5t#S256 of RFC 8705)."""
        return hashlib.sha256(self.der).digest()

    @property
    def is_self_issued(self) -> bool:
        """Whether issuer and subject are one name (RFC 5280 §3.2)."""
        return self.issuer.der == self.subject.der

    @property
    def serial_hex(self) -> str:
        """The serial number in lower-case hexadecimal, without sign or leading zero."""
        return f"{self.serial:x}"

    def verify_issued_by(self, issuer: PublicKey) -> None:
        """Accept the issuer's signature over this certificate; raises CertificateRejected."""
        issuer.verify(self.tbs, self.signature, self.signature_algorithm)

    def pem(self) -> str:
        """The certificate as PEM text."""
        return pem.write(self.der, LABEL)


def parse(der: bytes) -> Certificate:
    """Read one certificate from DER with nothing behind it.

    Raises CertificateRejected: oversize, malformed, key.
    """
    if len(der) > MOST_BYTES:
        raise CertificateRejected("oversize")
    _check_serial(der)
    return guarded(lambda: _read(der))


def parse_pem(text: bytes, most: int = MOST_IN_CHAIN) -> tuple[Certificate, ...]:
    """Read 1..most certificates from PEM text, in their order; nothing but white space may stand between them.

    Raises CertificateRejected: oversize, malformed, key.
    """
    return tuple(parse(der) for der in pem.read(text, LABEL, most, MOST_TEXT))


def parse_any(data: bytes) -> Certificate:
    """Read one certificate from DER or PEM, as files have them; raises CertificateRejected."""
    return parse_pem(data, 1)[0] if data.lstrip().startswith(b"-----") else parse(data)


def _read(der: bytes) -> Certificate:
    strict = x509.load_der_x509_certificate(der)
    if strict.version is not _VERSION_3:
        raise CertificateRejected("malformed")
    whole = asn1_x509.Certificate.load(der, strict=True)
    check_octets(whole["signature_value"])
    tbs = whole["tbs_certificate"]
    if tbs["signature"].dump() != whole["signature_algorithm"].dump():
        raise CertificateRejected("malformed")  # RFC 5280 §4.1.1.2
    not_before, not_after = strict.not_valid_before_utc, strict.not_valid_after_utc
    if not_before > not_after:
        raise CertificateRejected("malformed")
    raw = [
        RawExtension(each["extn_id"].dotted, bool(each["critical"].native), each["extn_value"].contents)
        for each in tbs["extensions"]
    ]
    spki = tbs["subject_public_key_info"].dump()
    return Certificate(
        der=bytes(der),
        tbs=strict.tbs_certificate_bytes,
        signature=strict.signature,
        signature_algorithm=strict.signature_algorithm_oid.dotted_string,
        serial=strict.serial_number,
        issuer=Name(strict.issuer.rfc4514_string(), tbs["issuer"].dump()),
        subject=Name(strict.subject.rfc4514_string(), tbs["subject"].dump()),
        not_before=not_before,
        not_after=not_after,
        spki=spki,
        public_key=read_public_key(spki),
        extensions=read(raw),
    )


def _check_serial(der: bytes) -> None:
    """Refuse a serial number that is not positive or longer than 20 octets (RFC 5280 §4.1.2.2), before it is loaded:
    ``cryptography`` only warns of one."""

    def serial() -> bytes:
        field_of = asn1_x509.Certificate.load(der)["tbs_certificate"]["serial_number"]
        return bytes(field_of.contents)

    contents = guarded(serial)
    if not contents or len(contents) > 20 or contents[0] & 0x80 or not any(contents):
        raise CertificateRejected("malformed")
