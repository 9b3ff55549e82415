"""Authorities and certificates for these tests: SM2 by our own authority, EC and RSA by ``cryptography``."""

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from crypto.errors import CertificateRejected
from crypto.x509 import authority, private_key, request
from crypto.x509.authority import Addresses, Authority
from crypto.x509.certificate import Certificate, parse
from crypto.x509.private_key import SoftwareKey
from crypto.x509.profiles import ProfileName

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
VECTORS = Path(__file__).parents[2] / "vectors" / "x509"
DAY = timedelta(days=1)
LEAF_USAGE = frozenset({"digital_signature"})
CA_USAGE = frozenset({"key_cert_sign", "crl_sign"})

_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_serials = itertools.count(1000)


def vector(name: str) -> bytes:
    """A file of tests/vectors/x509."""
    return (VECTORS / name).read_bytes()


@contextmanager
def refused(reason: str) -> Iterator[None]:
    """Hold that the block is refused with exactly this machine word."""
    with pytest.raises(CertificateRejected) as caught:
        yield
    assert caught.value.reason == reason


def new_key() -> SoftwareKey:
    """A fresh SM2 key."""
    return SoftwareKey(private_key.generate())


@dataclass(frozen=True)
class Sm2Pki:
    """A root, the authority below it and an officer, all SM2, made by ``crypto.x509.authority``."""

    root_key: SoftwareKey
    key: SoftwareKey
    root: Certificate
    certificate: Certificate
    officer_key: SoftwareKey
    officer: Certificate

    @property
    def authority(self) -> Authority:
        """The issuing authority."""
        return Authority(self.certificate, self.key)


def sm2_pki(addresses: Addresses | None = None, at: datetime = NOW) -> Sm2Pki:
    """A whole SM2 hierarchy."""
    root_key, key, officer_key = new_key(), new_key(), new_key()
    root = authority.self_signed_root("CN=Test Root,O=Yihao,C=CN", root_key, at)
    asked = request.write("CN=Test Authority,O=Yihao,C=CN", key)
    certificate = Authority(root, root_key).issue(asked, ProfileName.AUTHORITY, at)
    asked = request.write("CN=Officer One,O=Yihao,C=CN", officer_key)
    officer = Authority(certificate, key).issue(asked, ProfileName.OFFICER, at, addresses=addresses)
    return Sm2Pki(root_key, key, root, certificate, officer_key, officer)


def sm2_root(key: SoftwareKey, at: datetime) -> Authority:
    """An SM2 root alone."""
    return Authority(authority.self_signed_root("CN=Test Root,O=Yihao,C=CN", key, at), key)


def sm2_officer(issuer: Authority, name: str, at: datetime, addresses: Addresses) -> Certificate:
    """An officer with a fresh key."""
    asked = request.write(f"CN=Officer {name},O=Yihao,C=CN", new_key())
    return issuer.issue(asked, ProfileName.OFFICER, at, addresses=addresses)


@dataclass
class Node:
    """A key with a name, as issuer or subject; `certificate` is what stands for it now."""

    name: str
    key: PrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    certificate: Certificate = field(init=False)


@dataclass(frozen=True)
class Made:
    """What a certificate made here shall say; the fields are those a test wants to spoil."""

    is_ca: bool = False
    path_length: int | None = None
    usage: frozenset[str] | None = LEAF_USAGE
    purposes: tuple[str, ...] = ()
    since: datetime = NOW - DAY
    until: datetime = NOW + DAY
    extra: tuple[tuple[x509.ExtensionType, bool], ...] = ()
    ocsp: str = ""
    crl: str = ""
    digest: hashes.HashAlgorithm = field(default_factory=hashes.SHA256)


LEAF = Made()
CA = Made(is_ca=True, usage=CA_USAGE, until=NOW + 30 * DAY)


def make(subject: Node, issuer: Node, made: Made | None = None) -> Certificate:
    """Sign a certificate for subject by issuer, and let it stand for the subject."""
    made = made or LEAF
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject.name))
        .issuer_name(_name(issuer.name))
        .public_key(subject.key.public_key())
        .serial_number(next(_serials))
        .not_valid_before(made.since)
        .not_valid_after(made.until)
        .add_extension(x509.BasicConstraints(made.is_ca, made.path_length), critical=True)
    )
    for value, is_critical in _extensions(made):
        builder = builder.add_extension(value, is_critical)
    signed = builder.sign(issuer.key, made.digest)
    subject.certificate = parse(signed.public_bytes(serialization.Encoding.DER))
    return subject.certificate


def ca(name: str, issuer: Node | None = None, made: Made = CA, key: PrivateKey | None = None) -> Node:
    """An authority: its own issuer when there is none."""
    node = Node(name, key) if key else Node(name)
    make(node, issuer or node, made)
    return node


def crl_of(
    issuer: Node,
    serials: Iterable[int] = (),
    extra: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    **spoiled: Any,
) -> bytes:
    """A list by an EC or RSA authority."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(_name(spoiled.get("name", issuer.name)))
        .last_update(spoiled.get("since", NOW - DAY))
        .next_update(spoiled.get("until", NOW + DAY))
    )
    for serial in serials:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW - DAY)
        for value, is_critical in spoiled.get("entry", ()):
            entry = entry.add_extension(value, is_critical)
        builder = builder.add_revoked_certificate(entry.build())
    for value, is_critical in extra:
        builder = builder.add_extension(value, is_critical)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _name(text: str) -> x509.Name:
    return x509.Name.from_rfc4514_string(f"CN={text},O=Yihao Tests,C=CN")


def _extensions(made: Made) -> Iterable[tuple[x509.ExtensionType, bool]]:
    if made.usage is not None:
        flags = {name: name in made.usage for name in _USAGES}
        yield x509.KeyUsage(**flags, encipher_only=False, decipher_only=False), True
    if made.purposes:
        yield x509.ExtendedKeyUsage([x509.ObjectIdentifier(each) for each in made.purposes]), False
    if made.crl:
        address = x509.UniformResourceIdentifier(made.crl)
        yield x509.CRLDistributionPoints([x509.DistributionPoint([address], None, None, None)]), False
    if made.ocsp:
        access = x509.AccessDescription(
            x509.AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(made.ocsp)
        )
        yield x509.AuthorityInformationAccess([access]), False
    yield from made.extra
