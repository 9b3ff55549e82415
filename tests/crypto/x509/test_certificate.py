"""Certificates from OpenSSL and ``cryptography`` as they are read here, and the forms that are refused."""

import hashlib
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from crypto.errors import CertificateRejected
from crypto.x509 import certificate, extensions, oids, signing
from crypto.x509.extensions import RawExtension
from tests.crypto.x509 import pki


def person() -> certificate.Certificate:
    """The SM2 certificate that OpenSSL made for a person."""
    return certificate.parse_any(pki.vector("sm2_person.pem"))


@pytest.mark.clause("RFC 5280", "4.1")
@pytest.mark.clause("GM/T 0015", "5")
def test_an_sm2_certificate_of_openssl_is_read_and_its_signature_holds() -> None:
    """Names, serial number, validity, key and signature of an SM2 certificate are those OpenSSL wrote."""
    found, issuer = person(), certificate.parse_any(pki.vector("sm2_ca.pem"))
    assert found.subject.text == "CN=OpenSSL SM2 Person,O=Yihao Tests,C=CN"
    assert found.issuer == issuer.subject
    assert found.serial_hex == "8d081d4591d0c1f55624d73b4851c7852279927"
    assert found.not_before == datetime(2026, 11, 26, 1, 29, 3, tzinfo=UTC)
    assert (found.public_key.kind, len(found.public_key.bits)) == ("SM2", 65)
    assert found.thumbprint_sha256 == hashlib.sha256(found.der).digest()
    assert found.thumbprint_sm3 == hashlib.new("sm3", found.der).digest()
    found.verify_issued_by(issuer.public_key)


@pytest.mark.clause("RFC 5280", "4.2")
def test_the_extensions_are_read() -> None:
    """Key usage, purposes, key identifiers, addresses and foreign extensions come out as they were put in."""
    found = person().extensions
    assert found.key_usage == {"digital_signature", "content_commitment"}
    assert found.purposes == {oids.CLIENT_AUTH}
    assert not found.is_ca
    assert found.authority_key_id == certificate.parse_any(pki.vector("sm2_ca.pem")).extensions.subject_key_id
    assert found.crl_addresses == ("http://crl.example.test/sm2.crl",)
    assert found.ocsp_addresses == ("http://ocsp.example.test/",)
    assert found.raw["1.2.156.10260.4.1.1"].value == b"\x13\x14SF110101190001010010"
    assert not found.has_unknown_critical
    assert certificate.parse_any(pki.vector("sm2_unknown_critical.pem")).extensions.has_unknown_critical


def test_a_constraint_of_false_may_be_written_out(tmp_path: Path) -> None:
    """Many authorities write `CA:FALSE` where DER leaves it out: the certificate is read, and is no authority's."""
    (tmp_path / "ext").write_text(
        "2.5.29.19=critical,DER:30:03:01:01:00\nkeyUsage=critical,digitalSignature\n"
    )
    for command in (
        "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem -subj /CN=x -out r.pem",
        "openssl x509 -req -in r.pem -key k.pem -days 9 -extfile ext -out c.pem",
    ):
        subprocess.run(command.split(), check=True, capture_output=True, cwd=tmp_path)
    found = certificate.parse_any((tmp_path / "c.pem").read_bytes()).extensions
    assert (found.is_ca, found.path_length, found.key_usage) == (False, None, {"digital_signature"})


def test_an_extension_that_stands_twice_or_has_another_form_is_refused(tmp_path: Path) -> None:
    """Two key usages would leave the reader to choose; a key usage that is a number says nothing."""
    usage = RawExtension(oids.KEY_USAGE, True, b"\x03\x02\x07\x80")
    assert extensions.read([usage]).key_usage == {"digital_signature"}
    with pytest.raises(ValueError, match="twice"):
        extensions.read([usage, usage])
    wrong = [
        "2.5.29.15=DER:02:01:05\n",
        "2.5.29.15=DER:03:02:07:80:00\n",
        "2.5.29.31=DER:05:00\n",
        "2.5.29.37=DER:30:03:02:01:05\n",
    ]
    new = "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem -subj /CN=x -out r.pem"
    subprocess.run(new.split(), check=True, capture_output=True, cwd=tmp_path)
    for text in wrong:
        (tmp_path / "ext").write_text(text)
        sign = "openssl x509 -req -in r.pem -key k.pem -days 9 -extfile ext -out c.pem"
        subprocess.run(sign.split(), check=True, capture_output=True, cwd=tmp_path)
        with pki.refused("malformed"):
            certificate.parse_any((tmp_path / "c.pem").read_bytes())


def test_all_kinds_of_alternative_names_are_read() -> None:
    """DNS, address, directory and other names each keep their kind."""
    names = x509.SubjectAlternativeName(
        [
            x509.DNSName("a.example.test"),
            x509.RFC822Name("a@example.test"),
            x509.DirectoryName(x509.Name.from_rfc4514_string("CN=b")),
            x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
            x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x05\x00"),
        ]
    )
    found = pki.make(pki.Node("a"), pki.ca("r"), pki.Made(extra=((names, False),))).extensions
    assert [(each.kind, each.value) for each in found.alternative_names] == [
        ("dns", "a.example.test"),
        ("email", "a@example.test"),
        ("directory", "Common Name: b"),
        ("id", "1.2.3"),
        ("other", ""),
    ]


@pytest.mark.parametrize("bits", [2048, 3072])
def test_rsa_keys_of_enough_bits_verify(bits: int) -> None:
    """An RSA authority's signature holds."""
    root = pki.ca("RSA", key=rsa.generate_private_key(65537, bits))
    assert root.certificate.public_key.kind == "RSA"
    root.certificate.verify_issued_by(root.certificate.public_key)


def test_a_p384_authority_verifies_with_sha384() -> None:
    """P-384 with SHA-384 holds, and other curves have no place."""
    root = pki.ca("EC", key=ec.generate_private_key(ec.SECP384R1()), made=pki.Made(digest=hashes.SHA384()))
    root.certificate.verify_issued_by(root.certificate.public_key)
    with pki.refused("key"):
        pki.ca("EC", key=ec.generate_private_key(ec.SECP521R1()))
    with pki.refused("key"):
        pki.ca("RSA", key=rsa.generate_private_key(65537, 1024))  # noqa: S505 - it is refused


def test_a_signature_under_another_identity_is_refused() -> None:
    """The identity is part of what SM2 signs: another one than 1234567812345678 does not hold (GM/T 0009 §10)."""
    issuer = certificate.parse_any(pki.vector("sm2_ca.pem"))
    found = certificate.parse_any(pki.vector("sm2_person_other_identity.pem"))
    with pki.refused("signature"):
        found.verify_issued_by(issuer.public_key)


@pytest.mark.parametrize("number", range(4))
def test_every_altered_byte_is_refused(number: int) -> None:
    """No byte of a certificate can change without its being refused, at reading or at the signature."""
    made = pki.sm2_pki()
    issuer, whole = (made.certificate, made.officer.der)
    if not number:
        issuer, whole = certificate.parse_any(pki.vector("sm2_ca.pem")), person().der
    for position in range(len(whole)):
        altered = whole[:position] + bytes((whole[position] ^ 0x01,)) + whole[position + 1 :]
        with pytest.raises(CertificateRejected):
            certificate.parse(altered).verify_issued_by(issuer.public_key)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda der: der + b"\x00", "malformed"),
        (lambda der: der[:-1], "malformed"),
        (lambda der: b"", "malformed"),
        (lambda der: der[:4] + der[4:].replace(b"\x02\x01\x02", b"\x02\x01\x00", 1), "malformed"),
        (lambda der: der + bytes(certificate.MOST_BYTES), "oversize"),
    ],
)
def test_bytes_that_are_no_certificate_are_refused(spoil: object, reason: str) -> None:
    """Trailing bytes, cut ones, another version and too many bytes are refused by name."""
    assert callable(spoil)
    with pki.refused(reason):
        certificate.parse(spoil(person().der))


def test_a_serial_number_that_is_not_positive_is_refused() -> None:
    """Zero and negative serial numbers are refused, without a warning."""
    der = person().der
    at = der.index(bytes.fromhex("021408d081d4591d0c1f55624d73b4851c7852279927"))
    for first in (0x80, 0xFF):
        with pki.refused("malformed"):
            certificate.parse(der[: at + 2] + bytes((first,)) + der[at + 3 :])


@pytest.mark.clause("RFC 7468", "3")
def test_a_pem_chain_is_read_in_order_and_nothing_else_beside_it() -> None:
    """White space may stand between blocks; text, other labels, more blocks than asked for and half blocks may not."""
    one, two = pki.vector("sm2_ca.pem"), pki.vector("sm2_root.pem")
    found = certificate.parse_pem(b"\n" + one + b"\r\n" + two)
    assert [each.is_self_issued for each in found] == [False, True]
    assert certificate.parse_pem(found[0].pem().encode()) == found[:1]
    for wrong in (b"", b"hello\n" + one, one + b"x", one[:-30], one.replace(b"CERTIFICATE", b"X509 CRL")):
        with pki.refused("malformed"):
            certificate.parse_pem(wrong)
    with pki.refused("oversize"):
        certificate.parse_pem(one + two, most=1)
    with pki.refused("oversize"):
        certificate.parse_pem(one * 1000)


def test_a_printed_certificate_names_nobody() -> None:
    """The subject may be a person: it is not in the printed form, which may reach a log."""
    assert "Person" not in repr(person())


@pytest.mark.parametrize(
    ("text", "shown"),
    [("CN=测试甲,O=Yihao,C=CN", "测试甲"), ("CN=Inner,CN=Outer,C=CN", "Inner"), ("O=Yihao,C=CN", "")],
)
def test_a_name_is_shown_by_its_most_specific_common_name(text: str, shown: str) -> None:
    """One, the innermost of two, or nothing."""
    assert certificate.Name(text, signing.name_der(text)).common_name == shown


def test_a_common_name_that_its_type_does_not_hold_is_refused() -> None:
    """Octets that are no UTF-8 in a UTF8String are a refusal and not a fault of ours."""
    broken = signing.name_der("CN=abc").replace(b"abc", b"\xff\xfe\xfd")
    with pki.refused("malformed"):
        _ = certificate.Name("", broken).common_name
