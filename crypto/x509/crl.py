"""Certificate revocation lists: whole, direct, of version 2 (RFC 5280 §5).

A list with a critical extension that changes what it covers (issuing distribution point, delta) is refused, and so
is one with a critical entry extension: an entry may then speak of another issuer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from asn1crypto import crl as asn1_crl
from cryptography import x509

from crypto.errors import CertificateRejected
from crypto.x509 import pem
from crypto.x509.asn1 import check_octets, guarded
from crypto.x509.certificate import Certificate

LABEL: Final = "X509 CRL"
MOST_BYTES: Final = 4 * 1024 * 1024
CLOCK_SKEW: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Crl:
    """A list whose signature is not yet verified; `revoked` gives the reason by serial number."""

    der: bytes = field(repr=False)
    tbs: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    signature_algorithm: str
    issuer_der: bytes = field(repr=False)
    this_update: datetime
    next_update: datetime
    number: int | None
    authority_key_id: bytes | None
    revoked: Mapping[int, str] = field(repr=False)

    def check(self, issuer: Certificate, at: datetime) -> None:
        """Accept the list as the issuer's word at this time (RFC 5280 §6.3.3 b, c, f, g).

        Raises CertificateRejected: issuer, key_usage, signature, stale, not_yet_valid.
        """
        if self.issuer_der != issuer.subject.der:
            raise CertificateRejected("issuer")
        own = issuer.extensions.subject_key_id
        if self.authority_key_id is not None and own is not None and self.authority_key_id != own:
            raise CertificateRejected("issuer")
        usage = issuer.extensions.key_usage
        if usage is not None and "crl_sign" not in usage:
            raise CertificateRejected("key_usage")
        if at + CLOCK_SKEW < self.this_update:
            raise CertificateRejected("not_yet_valid")
        if at > self.next_update:
            raise CertificateRejected("stale")
        issuer.public_key.verify(self.tbs, self.signature, self.signature_algorithm)

    def check_not_revoked(self, serial: int) -> None:
        """Accept a serial number that is not listed; raises CertificateRejected("revoked")."""
        if serial in self.revoked:
            raise CertificateRejected("revoked")

    def pem(self) -> str:
        """The list as PEM text."""
        return pem.write(self.der, LABEL)


def parse(data: bytes) -> Crl:
    """Read one list from DER or PEM; raises CertificateRejected: oversize, malformed, critical."""
    if len(data) > MOST_BYTES:
        raise CertificateRejected("oversize")
    if data.lstrip()[:5] == b"-----":
        data = pem.read(data, LABEL, 1, MOST_BYTES)[0]
    return guarded(lambda: _read(data))


def _read(der: bytes) -> Crl:
    strict = x509.load_der_x509_crl(der)
    whole = asn1_crl.CertificateList.load(der, strict=True)
    check_octets(whole["signature"])
    tbs = whole["tbs_cert_list"]
    if tbs["version"].native != "v2" or tbs["signature"].dump() != whole["signature_algorithm"].dump():
        raise CertificateRejected("malformed")
    if strict.next_update_utc is None:
        raise CertificateRejected("malformed")  # RFC 5280 §5.1.2.5
    number, authority_key_id = _extensions(strict.extensions)
    return Crl(
        der=bytes(der),
        tbs=strict.tbs_certlist_bytes,
        signature=strict.signature,
        signature_algorithm=strict.signature_algorithm_oid.dotted_string,
        issuer_der=tbs["issuer"].dump(),
        this_update=strict.last_update_utc,
        next_update=strict.next_update_utc,
        number=number,
        authority_key_id=authority_key_id,
        revoked=_revoked(strict),
    )


def _extensions(extensions: x509.Extensions) -> tuple[int | None, bytes | None]:
    number = authority_key_id = None
    for each in extensions:
        if isinstance(each.value, x509.CRLNumber):
            number = each.value.crl_number
        elif isinstance(each.value, x509.AuthorityKeyIdentifier):
            authority_key_id = each.value.key_identifier
        elif each.critical or isinstance(each.value, x509.DeltaCRLIndicator | x509.IssuingDistributionPoint):
            raise CertificateRejected("critical")  # RFC 5280 §5.2
    return number, authority_key_id


def _revoked(strict: x509.CertificateRevocationList) -> Mapping[int, str]:
    found: dict[int, str] = {}
    for entry in strict:
        reason = "unspecified"
        for each in entry.extensions:
            if isinstance(each.value, x509.CRLReason):
                reason = each.value.reason.value
            elif each.critical or isinstance(each.value, x509.CertificateIssuer):
                raise CertificateRejected("critical")  # RFC 5280 §5.3
        found[entry.serial_number] = reason
    return MappingProxyType(found)
