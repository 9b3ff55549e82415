"""The internal authority: certificates for officers, nodes and departments, below a root that stays offline.

A root signs itself and issues the authority's certificate (path length 0); the authority issues by the table of
``profiles`` and gives out its list of revoked ones. Keys are used through a signer, so they may be in a device.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from asn1crypto import core, keys
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509

from crypto import compare
from crypto.errors import CertificateRejected
from crypto.sm import sm3
from crypto.tokens import random_bytes
from crypto.x509 import certificate as certificates
from crypto.x509 import crl, signing
from crypto.x509.certificate import Certificate
from crypto.x509.keys import read_public_key
from crypto.x509.profiles import PROFILES, Profile, ProfileName
from crypto.x509.request import Request

BACKDATED: Final = timedelta(minutes=5)
"""How far a certificate's validity begins before its making, for clocks that are behind."""

REASONS: Final = (
    "unspecified",
    "key_compromise",
    "ca_compromise",
    "affiliation_changed",
    "superseded",
    "cessation_of_operation",
    "privilege_withdrawn",
)
"""Reasons of a list of ours (RFC 5280 §5.3.1); a revoked certificate never comes back, so there is no hold."""

_SERIAL_BYTES = 18
_KEY_ID_BYTES = 20
_UTC_TIME_ENDS: Final = 2050  # RFC 5280 §4.1.2.5


@dataclass(frozen=True, slots=True)
class Revoked:
    """One line of a list: serial number, since when, and why (one of REASONS)."""

    serial: int
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a certificate says its list and its responder are found."""

    crl: tuple[str, ...] = ()
    ocsp: tuple[str, ...] = ()


class Authority:
    """An authority's certificate with its key: a root or the authority below it."""

    def __init__(self, certificate: Certificate, signer: signing.RsSigner) -> None:
        """Take both; raises CertificateRejected: authority when it is none, key when the key is another's."""
        if not certificate.extensions.is_ca:
            raise CertificateRejected("authority")
        if not compare.equal(certificate.spki, signing.spki_of(signer.handle)):
            raise CertificateRejected("key")
        self.certificate = certificate
        self._signer = signer

    def issue(
        self,
        request: Request,
        name: ProfileName,
        at: datetime,
        dns_names: Sequence[str] = (),
        addresses: Addresses | None = None,
    ) -> Certificate:
        """Give the request's name and key a certificate of a profile, ending no later than the authority's own.

        Raises CertificateRejected: profile for a root, for an authority below one that may have none and for the
        authority's own name or key, expired outside the authority's own validity, malformed for a wrong DNS name.
        """
        profile, own = PROFILES[name], self.certificate
        limit = own.extensions.path_length
        if name is ProfileName.ROOT or (profile.path_length is not None and limit is not None and limit < 1):
            raise CertificateRejected("profile")
        if not own.not_before <= at <= own.not_after:
            raise CertificateRejected("expired")
        if request.subject.der == own.subject.der or request.spki == own.spki:
            raise CertificateRejected("profile")
        tbs = _tbs(
            issuer=own.subject.der,
            subject=request.subject.der,
            spki=request.spki,
            period=(
                max(at - BACKDATED, own.not_before),
                min(at + timedelta(days=profile.days), own.not_after),
            ),
            extensions=[
                *_extensions(profile, request.spki, dns_names, addresses or Addresses()),
                _authority_key_id(own),
            ],
            signer=self._signer,
        )
        issued = _signed(tbs, self._signer)
        issued.verify_issued_by(own.public_key)
        return issued

    def revocation_list(
        self, revoked: Iterable[Revoked], number: int, at: datetime, next_update: datetime
    ) -> crl.Crl:
        """Give the list of revoked certificates, version 2 with number and reasons (RFC 5280 §5).

        Raises CertificateRejected("malformed") for a number that is not positive or a next update that is not later.
        """
        if number < 1 or next_update <= at:
            raise CertificateRejected("malformed")
        own = self.certificate
        entries = [_entry(each) for each in revoked]
        tbs = asn1_crl.TbsCertList(
            {
                "version": "v2",
                "signature": signing.algorithm_of(self._signer.handle),
                "issuer": signing.name_of(own.subject.der),
                "this_update": _time(at),
                "next_update": _time(next_update),
                # RFC 5280 §5.1.2.6: an empty list of entries is left out.
                **({"revoked_certificates": entries} if entries else {}),
                "crl_extensions": [
                    _authority_key_id(own),
                    {"extn_id": "crl_number", "critical": False, "extn_value": core.Integer(number)},
                ],
            }
        )
        whole = asn1_crl.CertificateList(
            {
                "tbs_cert_list": tbs,
                "signature_algorithm": signing.algorithm_of(self._signer.handle),
                "signature": signing.sign(self._signer, tbs.dump()),
            }
        )
        made = crl.parse(whole.dump())
        made.check(own, at)
        return made


def self_signed_root(subject: str, signer: signing.RsSigner, at: datetime) -> Certificate:
    """Give a root: its own issuer, path length 1 (RFC 5280 §3.2).

    Raises CertificateRejected: malformed for the name, key for an algorithm that authorities do not have.
    """
    name, spki, profile = (
        signing.name_der(subject),
        signing.spki_of(signer.handle),
        PROFILES[ProfileName.ROOT],
    )
    tbs = _tbs(
        issuer=name,
        subject=name,
        spki=spki,
        period=(at - BACKDATED, at + timedelta(days=profile.days)),
        extensions=_extensions(profile, spki, (), Addresses()),
        signer=signer,
    )
    root = _signed(tbs, signer)
    root.verify_issued_by(root.public_key)
    return root


def _tbs(
    issuer: bytes,
    subject: bytes,
    spki: bytes,
    period: tuple[datetime, datetime],
    extensions: list[dict[str, Any]],
    signer: signing.RsSigner,
) -> Any:
    return asn1_x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": _new_serial(),
            "signature": signing.algorithm_of(signer.handle),
            "issuer": signing.name_of(issuer),
            "validity": {"not_before": _time(period[0]), "not_after": _time(period[1])},
            "subject": signing.name_of(subject),
            "subject_public_key_info": keys.PublicKeyInfo.load(spki),
            "extensions": extensions,
        }
    )


def _signed(tbs: Any, signer: signing.RsSigner) -> Certificate:
    whole = asn1_x509.Certificate(
        {
            "tbs_certificate": tbs,
            "signature_algorithm": signing.algorithm_of(signer.handle),
            "signature_value": signing.sign(signer, tbs.dump()),
        }
    )
    return certificates.parse(whole.dump())


def _extensions(
    profile: Profile, spki: bytes, dns_names: Sequence[str], addresses: Addresses
) -> list[dict[str, Any]]:
    is_ca = profile.path_length is not None
    basic = {"ca": True, "path_len_constraint": profile.path_length} if is_ca else {"ca": False}
    found = [
        _extension("basic_constraints", True, asn1_x509.BasicConstraints(basic)),
        _extension("key_usage", True, asn1_x509.KeyUsage(set(profile.key_usage))),
        _extension("key_identifier", False, core.OctetString(_key_id(spki))),
    ]
    if profile.purposes:
        value = asn1_x509.ExtKeyUsageSyntax(list(profile.purposes))
        found.append(_extension("extended_key_usage", False, value))
    if dns_names:
        names = asn1_x509.GeneralNames([_dns(each) for each in dns_names])
        found.append(_extension("subject_alt_name", False, names))
    if addresses.crl:
        points = [{"distribution_point": _point(each)} for each in addresses.crl]
        value = asn1_x509.CRLDistributionPoints(points)
        found.append(_extension("crl_distribution_points", False, value))
    if addresses.ocsp:
        access = [{"access_method": "ocsp", "access_location": _uri(each)} for each in addresses.ocsp]
        value = asn1_x509.AuthorityInfoAccessSyntax(access)
        found.append(_extension("authority_information_access", False, value))
    return found


def _extension(name: str, is_critical: bool, value: Any) -> dict[str, Any]:
    return {"extn_id": name, "critical": is_critical, "extn_value": value}


def _authority_key_id(issuer: Certificate) -> dict[str, Any]:
    own = issuer.extensions.subject_key_id or _key_id(issuer.spki)
    value = asn1_x509.AuthorityKeyIdentifier({"key_identifier": own})
    return _extension("authority_key_identifier", False, value)


def _key_id(spki: bytes) -> bytes:
    """The first 160 bits of SM3 over the key's bits (the way of RFC 7093 §2, with SM3)."""
    return sm3.digest(read_public_key(spki).bits)[:_KEY_ID_BYTES]


def _uri(address: str) -> Any:
    return asn1_x509.GeneralName(name="uniform_resource_identifier", value=address)


def _dns(name: str) -> Any:
    if not name.isascii() or not 0 < len(name) <= 253 or set(name) & set(" /:@"):
        raise CertificateRejected("malformed")
    return asn1_x509.GeneralName(name="dns_name", value=name)


def _point(address: str) -> Any:
    return asn1_x509.DistributionPointName(name="full_name", value=asn1_x509.GeneralNames([_uri(address)]))


def _entry(revoked: Revoked) -> dict[str, Any]:
    if revoked.reason not in REASONS:
        raise CertificateRejected("malformed")
    entry: dict[str, Any] = {"user_certificate": revoked.serial, "revocation_date": _time(revoked.since)}
    if revoked.reason != "unspecified":  # RFC 5280 §5.3.1
        reason = asn1_crl.CRLReason(revoked.reason)
        entry["crl_entry_extensions"] = [_extension("crl_reason", False, reason)]
    return entry


def _time(moment: datetime) -> Any:
    moment = moment.replace(microsecond=0)
    form = "utc_time" if moment.year < _UTC_TIME_ENDS else "general_time"
    return asn1_x509.Time({form: moment})


def _new_serial() -> int:
    """A positive serial number of 142 random bits, so that it has 18 octets (RFC 5280 §4.1.2.2)."""
    return int.from_bytes(random_bytes(_SERIAL_BYTES), "big") >> 2 | 1 << (8 * _SERIAL_BYTES - 2)
