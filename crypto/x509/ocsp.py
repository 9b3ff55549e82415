"""Online certificate status (RFC 6960, GB/T 19713): requests written, answers read and held against the issuer.

The certificate is named by hashes of its issuer: SM3 where the issuer's key is SM2, SHA-256 elsewhere, SHA-1 for a
responder that knows nothing else (RFC 5019 §2.1.1). These hashes only name; nothing is signed with them.
Whether an appointed responder is itself revoked is not asked: the issuer appoints it with id-pkix-ocsp-nocheck or for
a short time (RFC 6960 §4.2.2.2.1).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from asn1crypto import core
from asn1crypto import ocsp as asn1_ocsp
from cryptography.x509 import ocsp

from crypto import compare
from crypto.errors import CertificateRejected
from crypto.sm import sm3
from crypto.x509 import certificate as certificates
from crypto.x509 import oids
from crypto.x509.asn1 import check_octets, guarded
from crypto.x509.certificate import Certificate
from crypto.x509.path import Purpose, check_purpose, check_usable

Hash = Literal["sm3", "sha256", "sha1"]

MOST_BYTES: Final = 64 * 1024
MOST_CERTIFICATES: Final = 4
CLOCK_SKEW: Final = timedelta(minutes=5)
OPEN_ENDED: Final = timedelta(hours=1)
"""How long an answer counts that names no next update."""

_HASHES: Final[dict[Hash, tuple[str, Callable[[bytes], bytes]]]] = {
    "sm3": (oids.SM3, sm3.digest),
    "sha256": (oids.SHA256, lambda data: hashlib.sha256(data).digest()),
    "sha1": (oids.SHA1, lambda data: hashlib.sha1(data, usedforsecurity=False).digest()),
}


@dataclass(frozen=True, slots=True)
class CertId:
    """How OCSP names a certificate (RFC 6960 §4.1.1)."""

    algorithm: str
    name_hash: bytes
    key_hash: bytes
    serial: int


@dataclass(frozen=True, slots=True)
class Single:
    """What an answer says of one certificate; status is good, revoked or unknown."""

    cert_id: CertId
    status: str
    this_update: datetime
    next_update: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer whose signature is not yet verified."""

    tbs: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    signature_algorithm: str
    responder_name: bytes | None = field(repr=False)
    responder_key_hash: bytes | None
    certificates: tuple[Certificate, ...]
    nonce: bytes | None
    singles: tuple[Single, ...]

    def check(self, wanted: CertId, issuer: Certificate, nonce: bytes | None, at: datetime) -> Single:
        """Give what the issuer, or a responder it appointed, says of this certificate now (RFC 6960 §3.2).

        An answer may leave the nonce out, but not change it. Raises CertificateRejected: certificate, nonce,
        not_yet_valid, stale, responder, signature and what an appointed responder's certificate is refused for.
        """
        found = next((each for each in self.singles if each.cert_id == wanted), None)
        if found is None:
            raise CertificateRejected("certificate")
        if nonce is not None and self.nonce is not None and not compare.equal(nonce, self.nonce):
            raise CertificateRejected("nonce")
        if at + CLOCK_SKEW < found.this_update:
            raise CertificateRejected("not_yet_valid")
        if at > found.next_update:
            raise CertificateRejected("stale")
        signer = self._signer(issuer, at)
        signer.public_key.verify(self.tbs, self.signature, self.signature_algorithm)
        return found

    def _signer(self, issuer: Certificate, at: datetime) -> Certificate:
        """The issuer itself, or a responder whose certificate the issuer signed for this (RFC 6960 §4.2.2.2)."""
        if self._names(issuer):
            return issuer
        for each in self.certificates:
            if not self._names(each):
                continue
            if each.issuer.der != issuer.subject.der:
                raise CertificateRejected("responder")
            each.verify_issued_by(issuer.public_key)
            check_usable(each, at)
            check_purpose(each, Purpose.OCSP)
            return each
        raise CertificateRejected("responder")

    def _names(self, candidate: Certificate) -> bool:
        if self.responder_name is not None:
            return candidate.subject.der == self.responder_name
        hashed = _HASHES["sha1"][1](candidate.public_key.bits)  # RFC 6960 §4.2.1 leaves no other hash
        return self.responder_key_hash == hashed


def cert_id(certificate: Certificate, issuer: Certificate, algorithm: Hash | None = None) -> CertId:
    """Name a certificate by its issuer and serial number; without an algorithm by the rule of this module."""
    chosen: Hash = algorithm or ("sm3" if issuer.public_key.kind == "SM2" else "sha256")
    oid, digest = _HASHES[chosen]
    return CertId(oid, digest(issuer.subject.der), digest(issuer.public_key.bits), certificate.serial)


def write_request(wanted: CertId, nonce: bytes | None) -> bytes:
    """Write a request for one certificate as DER, unsigned (RFC 6960 §4.1; the nonce is §4.4.1 with RFC 9654)."""
    one = {
        "req_cert": {
            "hash_algorithm": {"algorithm": wanted.algorithm},
            "issuer_name_hash": wanted.name_hash,
            "issuer_key_hash": wanted.key_hash,
            "serial_number": wanted.serial,
        }
    }
    request: dict[str, Any] = {"request_list": [one]}
    if nonce is not None:
        value = core.ParsableOctetString(core.OctetString(nonce).dump())
        request["request_extensions"] = [{"extn_id": oids.OCSP_NONCE, "critical": False, "extn_value": value}]
    return bytes(asn1_ocsp.OCSPRequest({"tbs_request": request}).dump())


def parse(der: bytes) -> Answer:
    """Read an answer; raises CertificateRejected: oversize, malformed, critical, and responder when it is an error."""
    if len(der) > MOST_BYTES:
        raise CertificateRejected("oversize")
    return guarded(lambda: _read(der))


def _read(der: bytes) -> Answer:
    strict = ocsp.load_der_ocsp_response(der)
    if strict.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise CertificateRejected("responder")
    whole = asn1_ocsp.OCSPResponse.load(der, strict=True)
    response_bytes = whole["response_bytes"]
    if response_bytes["response_type"].dotted != oids.OCSP_BASIC:
        raise CertificateRejected("malformed")
    basic = response_bytes["response"].parsed
    check_octets(basic["signature"])
    data = basic["tbs_response_data"]
    responder = data["responder_id"]
    sent = list(basic["certs"] or ())
    if len(sent) > MOST_CERTIFICATES:
        raise CertificateRejected("oversize")
    pairs = zip(data["responses"], strict.responses, strict=True)
    return Answer(
        tbs=strict.tbs_response_bytes,
        signature=strict.signature,
        signature_algorithm=strict.signature_algorithm_oid.dotted_string,
        responder_name=responder.chosen.untag().dump() if responder.name == "by_name" else None,
        responder_key_hash=bytes(responder.chosen.native) if responder.name == "by_key" else None,
        certificates=tuple(certificates.parse(each.dump()) for each in sent),
        nonce=_nonce(data["response_extensions"] or ()),
        singles=tuple(_single(raw, one) for raw, one in pairs),
    )


def _single(raw: Any, one: ocsp.OCSPSingleResponse) -> Single:
    if any(each["critical"].native for each in raw["single_extensions"] or ()):
        raise CertificateRejected("critical")
    named = raw["cert_id"]
    return Single(
        cert_id=CertId(
            named["hash_algorithm"]["algorithm"].dotted,
            bytes(named["issuer_name_hash"].native),
            bytes(named["issuer_key_hash"].native),
            int(named["serial_number"].native),
        ),
        status=one.certificate_status.name.lower(),
        this_update=one.this_update_utc,
        next_update=one.next_update_utc or one.this_update_utc + OPEN_ENDED,
    )


def _nonce(extensions: Any) -> bytes | None:
    found = None
    for each in extensions:
        if each["extn_id"].dotted == oids.OCSP_NONCE:
            found = bytes(core.OctetString.load(each["extn_value"].contents, strict=True).native)
        elif each["critical"].native:
            raise CertificateRejected("critical")
    return found
