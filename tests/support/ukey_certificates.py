"""An authority of USB keys for tests: SM2, with identity extensions, and as wrong as a test wants it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import core, keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from crypto.tokens import random_bytes
from crypto.x509 import authority, certificate, private_key, request, signing
from crypto.x509.authority import Addresses, Authority, Revoked
from crypto.x509.certificate import Certificate
from crypto.x509.private_key import SoftwareKey
from crypto.x509.profiles import ProfileName
from tests.support.synthetic import synthetic_id_number, synthetic_uscc

DAY = timedelta(days=1)
PERSON_OID = "1.2.156.10260.4.1.1"
USCC_OID = "1.2.156.10260.4.4"
ID_NUMBER = synthetic_id_number()
USCC = synthetic_uscc()
COMMON_NAME = "测试甲"
BOTH = ((PERSON_OID, ID_NUMBER), (USCC_OID, USCC))


@dataclass(frozen=True)
class Said:
    """What a certificate says; the fields are those that a test wants to spoil."""

    identities: tuple[tuple[str, str], ...] = BOTH
    usage: frozenset[str] = frozenset({"digital_signature", "non_repudiation"})
    purposes: tuple[str, ...] = ()
    since: timedelta = -DAY
    until: timedelta = 30 * DAY
    common_name: str = COMMON_NAME
    is_ca: bool = False
    critical: tuple[str, ...] = ()
    crl: str = "{crl}"


@dataclass
class KeyCa:
    """An SM2 authority, a root unless `above` issues it, and the list that it gives out."""

    at: datetime
    name: str = "Key CA"
    above: "KeyCa | None" = None
    key: SoftwareKey = field(default_factory=lambda: SoftwareKey(private_key.generate()))
    certificate: Certificate = field(init=False)
    revoked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        subject = f"CN={self.name},O=Yihao Tests,C=CN"
        if self.above is None:
            self.certificate = authority.self_signed_root(subject, self.key, self.at)
        else:
            self.certificate = Authority(self.above.certificate, self.above.key).issue(
                request.write(subject, self.key),
                ProfileName.AUTHORITY,
                self.at,
                addresses=Addresses(crl=(self.above.crl_address,)),
            )

    @property
    def crl_address(self) -> str:
        """Where its list is found."""
        return f"https://crl.example.test/{self.name.replace(' ', '-')}"

    def crl(self, at: datetime) -> bytes:
        """Its list, good for a day from `at`."""
        lines = [Revoked(serial, at - DAY, "key_compromise") for serial in self.revoked]
        return Authority(self.certificate, self.key).revocation_list(lines, 1, at, at + DAY).der

    def issue(self, spki: bytes, said: Said | None = None) -> Certificate:
        """A certificate for a key of any kind."""
        said = said or Said()
        own = signing.algorithm_of(self.key.handle)
        tbs = asn1_x509.TbsCertificate(
            {
                "version": "v3",
                "serial_number": int.from_bytes(random_bytes(8), "big") | 1,
                "signature": own,
                "issuer": signing.name_of(self.certificate.subject.der),
                "validity": {
                    "not_before": _time(self.at + said.since),
                    "not_after": _time(self.at + said.until),
                },
                "subject": signing.name_of(signing.name_der(f"CN={said.common_name},C=CN")),
                "subject_public_key_info": keys.PublicKeyInfo.load(spki),
                "extensions": _extensions(said, self.crl_address),
            }
        )
        signature = signing.sign(self.key, tbs.dump())
        whole = {"tbs_certificate": tbs, "signature_algorithm": own, "signature_value": signature}
        return certificate.parse(asn1_x509.Certificate(whole).dump())


def sm2_spki(key: SoftwareKey) -> bytes:
    """The public half of an SM2 key as certificates have it."""
    return signing.spki_of(key.handle)


def foreign_spki(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    """The public half of an EC or RSA key as certificates have it."""
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _extensions(said: Said, own_crl: str) -> list[dict[str, Any]]:
    points = [{"distribution_point": _point(said.crl.format(crl=own_crl))}] if said.crl else []
    found = [
        ("basic_constraints", True, asn1_x509.BasicConstraints({"ca": said.is_ca})),
        ("key_usage", True, asn1_x509.KeyUsage(set(said.usage))),
        *((oid, oid in said.critical, core.UTF8String(value)) for oid, value in said.identities),
    ]
    if said.purposes:
        found.append(("extended_key_usage", False, asn1_x509.ExtKeyUsageSyntax(list(said.purposes))))
    if points:
        found.append(("crl_distribution_points", False, asn1_x509.CRLDistributionPoints(points)))
    return [
        {"extn_id": name, "critical": is_critical, "extn_value": core.ParsableOctetString(value.dump())}
        for name, is_critical, value in found
    ]


def _point(address: str) -> Any:
    uri = asn1_x509.GeneralName(name="uniform_resource_identifier", value=address)
    return asn1_x509.DistributionPointName(name="full_name", value=asn1_x509.GeneralNames([uri]))


def _time(moment: datetime) -> Any:
    moment = moment.replace(microsecond=0)
    return asn1_x509.Time({"utc_time" if moment.year < 2050 else "general_time": moment})
