"""OCSP: requests that a real responder understands, answers that hold, and forged ones."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp as made_by

from crypto.errors import CertificateRejected
from crypto.x509 import certificate, ocsp, oids
from crypto.x509.certificate import Certificate
from tests.crypto.x509 import pki, responder
from tests.crypto.x509.pki import DAY, NOW, Made, Node

OCSP = Made(purposes=(oids.OCSP_SIGNING,))


def answer_of(subject: Certificate, issuer: Node, signer: Node, **spoiled: Any) -> bytes:
    """An answer signed by whom a test wants."""
    built = made_by.OCSPResponseBuilder().add_response(
        cert=_loaded(spoiled.get("about", subject)),
        issuer=_loaded(spoiled.get("below", issuer.certificate)),
        algorithm=hashes.SHA256(),
        cert_status=spoiled.get("status", made_by.OCSPCertStatus.GOOD),
        this_update=spoiled.get("since", NOW - DAY),
        next_update=spoiled.get("until", NOW + DAY),
        revocation_time=NOW - DAY if spoiled.get("status") is made_by.OCSPCertStatus.REVOKED else None,
        revocation_reason=None,
    )
    built = built.responder_id(
        spoiled.get("form", made_by.OCSPResponderEncoding.NAME), _loaded(signer.certificate)
    )
    if signer is not issuer:
        built = built.certificates([_loaded(signer.certificate)])
    if "nonce" in spoiled:
        built = built.add_extension(x509.OCSPNonce(spoiled["nonce"]), critical=False)
    return built.sign(signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def status(
    der: bytes, subject: Certificate, issuer: Node, nonce: bytes | None = None, at: datetime = NOW
) -> str:
    """What the answer says of the subject."""
    wanted = ocsp.cert_id(subject, issuer.certificate)
    return ocsp.parse(der).check(wanted, issuer.certificate, nonce, at).status


@pytest.mark.clause("RFC 6960", "4.1.1")
@pytest.mark.parametrize("algorithm", [None, "sm3", "sha256", "sha1"])
def test_a_request_names_the_certificate_by_its_issuer(algorithm: ocsp.Hash | None) -> None:
    """The hashes are those of issuer name and key; by rule SM3 below an SM2 issuer."""
    issuer, person = (certificate.parse_any(pki.vector(f"sm2_{name}.pem")) for name in ("ca", "person"))
    wanted = ocsp.cert_id(person, issuer, algorithm)
    read = asn1_ocsp.OCSPRequest.load(ocsp.write_request(wanted, b"n" * 32), strict=True)["tbs_request"]
    named = read["request_list"][0]["req_cert"]
    expected = {None: oids.SM3, "sm3": oids.SM3, "sha256": oids.SHA256, "sha1": oids.SHA1}[algorithm]
    assert named["hash_algorithm"]["algorithm"].dotted == expected
    assert named["serial_number"].native == person.serial
    assert read["request_extensions"][0]["extn_value"].contents == b"\x04\x20" + b"n" * 32
    assert ocsp.cert_id(person, pki.ca("EC").certificate).algorithm == oids.SHA256


@pytest.mark.clause("RFC 6960", "4.2.2.2")
def test_an_sm2_answer_of_openssl_by_an_appointed_responder_holds() -> None:
    """OpenSSL's answer over an SM3 name, signed with SM2 by a responder the authority appointed, says good."""
    issuer, person = (certificate.parse_any(pki.vector(f"sm2_{name}.pem")) for name in ("ca", "person"))
    answer = ocsp.parse(pki.vector("sm2_ocsp.der"))
    found = answer.check(ocsp.cert_id(person, issuer), issuer, None, NOW)
    assert (found.status, found.cert_id.algorithm) == ("good", oids.SM3)


@pytest.mark.parametrize("kind", ["EC", "RSA"])
def test_a_running_responder_of_openssl_is_understood(tmp_path: Path, kind: str) -> None:
    """Request, nonce and answer go over loopback to OpenSSL and back: good, revoked and unknown."""
    key = rsa.generate_private_key(65537, 2048) if kind == "RSA" else ec.generate_private_key(ec.SECP256R1())
    issuer = pki.ca("Issuer", key=key)
    good, revoked, unknown = (pki.make(Node(name), issuer) for name in ("a", "b", "c"))
    (tmp_path / "issuer.pem").write_text(issuer.certificate.pem())
    (tmp_path / "signer.pem").write_text(issuer.certificate.pem())
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "signer.key").write_bytes(issuer.key.private_bytes(*plain))
    real = responder.Responder(tmp_path, "-rmd", "sha256")
    real.index([good.serial], [revoked.serial])
    found = []
    with responder.served(real) as address:
        for subject in (good, revoked, unknown):
            wanted = ocsp.cert_id(subject, issuer.certificate)
            nonce = subject.thumbprint_sm3
            answer = ocsp.parse(responder.fetch(address, ocsp.write_request(wanted, nonce)))
            assert answer.nonce == nonce
            found.append(answer.check(wanted, issuer.certificate, nonce, datetime.now(UTC)).status)
    assert found == ["good", "revoked", "unknown"]


@pytest.mark.parametrize("form", list(made_by.OCSPResponderEncoding))
def test_the_issuer_and_its_appointed_responder_may_answer(form: made_by.OCSPResponderEncoding) -> None:
    """Either signs, named by name or by the hash of its key."""
    issuer = pki.ca("Issuer")
    subject, appointed = pki.make(Node("Leaf"), issuer), Node("Responder")
    pki.make(appointed, issuer, OCSP)
    for signer in (issuer, appointed):
        assert status(answer_of(subject, issuer, signer, form=form), subject, issuer) == "good"
    revoked = answer_of(subject, issuer, issuer, status=made_by.OCSPCertStatus.REVOKED)
    assert status(revoked, subject, issuer) == "revoked"


def test_answers_by_others_are_refused() -> None:
    """Another authority, its responder, a subject of the issuer without the purpose, and an expired responder fail."""
    issuer, other = pki.ca("Issuer"), pki.ca("Other")
    subject = pki.make(Node("Leaf"), issuer)
    cases = [
        (other, "responder", Made()),
        (issuer, "purpose", Made(purposes=(oids.CLIENT_AUTH,))),
        (issuer, "key_usage", Made(purposes=(oids.OCSP_SIGNING,), usage=frozenset({"key_encipherment"}))),
        (issuer, "expired", Made(purposes=(oids.OCSP_SIGNING,), until=NOW - DAY / 2)),
        (pki.ca("Issuer"), "signature", OCSP),
    ]
    for above, reason, made in cases:
        signer = Node("Responder")
        pki.make(signer, above, made)
        with pki.refused(reason):
            status(answer_of(subject, issuer, signer), subject, issuer)
    with pki.refused("responder"):
        status(answer_of(subject, issuer, other), subject, issuer)


def test_a_forged_signature_is_refused() -> None:
    """Somebody with the issuer's name and another key, and an altered answer, are refused."""
    issuer, forger = pki.ca("Issuer"), pki.ca("Issuer")
    subject = pki.make(Node("Leaf"), issuer)
    forged = answer_of(subject, issuer, forger)
    with pki.refused("signature"):
        status(forged, subject, issuer)
    bad = answer_of(subject, issuer, issuer, status=made_by.OCSPCertStatus.UNKNOWN)
    assert bad.count(b"\x82\x00") == 1
    with pki.refused("signature"):
        status(bad.replace(b"\x82\x00", b"\x80\x00"), subject, issuer)


def test_an_answer_about_another_certificate_is_refused() -> None:
    """The word about one certificate is not one about the next, nor about the same number of another issuer."""
    issuer, other = pki.ca("Issuer"), pki.ca("Other")
    subject, neighbour = (pki.make(Node(name), issuer) for name in ("a", "b"))
    with pki.refused("certificate"):
        status(answer_of(subject, issuer, issuer, about=neighbour), subject, issuer)
    with pki.refused("certificate"):
        status(answer_of(subject, issuer, issuer, below=other.certificate), subject, issuer)


@pytest.mark.clause("RFC 6960", "3.2")
def test_an_answer_must_be_current_and_carry_our_nonce_if_any() -> None:
    """Old answers and answers to somebody else's question are refused; one without a nonce is taken by its times."""
    issuer = pki.ca("Issuer")
    subject = pki.make(Node("Leaf"), issuer)
    plain = answer_of(subject, issuer, issuer)
    assert status(plain, subject, issuer, b"ours" * 8) == "good"
    with pki.refused("stale"):
        status(plain, subject, issuer, at=NOW + DAY + timedelta(seconds=1))
    with pki.refused("not_yet_valid"):
        status(plain, subject, issuer, at=NOW - DAY - timedelta(minutes=6))
    open_ended = answer_of(subject, issuer, issuer, since=NOW, until=None)
    assert status(open_ended, subject, issuer, at=NOW + ocsp.OPEN_ENDED) == "good"
    with pki.refused("stale"):
        status(open_ended, subject, issuer, at=NOW + ocsp.OPEN_ENDED + timedelta(seconds=1))
    with_nonce = answer_of(subject, issuer, issuer, nonce=b"ours" * 8)
    assert status(with_nonce, subject, issuer, b"ours" * 8) == "good"
    with pki.refused("nonce"):
        status(with_nonce, subject, issuer, b"mine" * 8)


def test_bytes_that_are_no_answer_are_refused() -> None:
    """Errors of the responder, cut, trailing and oversize bytes are each refused by name."""
    issuer = pki.ca("Issuer")
    der = answer_of(pki.make(Node("Leaf"), issuer), issuer, issuer)
    for wrong in (der + b"\x00", der[:-1], b"", b"<html>"):
        with pki.refused("malformed"):
            ocsp.parse(wrong)
    error = made_by.OCSPResponseBuilder.build_unsuccessful(made_by.OCSPResponseStatus.TRY_LATER)
    with pki.refused("responder"):
        ocsp.parse(error.public_bytes(serialization.Encoding.DER))
    with pki.refused("oversize"):
        ocsp.parse(bytes(ocsp.MOST_BYTES + 1))


@pytest.mark.parametrize("_number", range(4))
def test_every_altered_byte_of_an_answer_is_refused(_number: int) -> None:
    """No byte of an answer can change without its being refused, at reading or when it is checked."""
    issuer = pki.ca("Issuer")
    subject = pki.make(Node("Leaf"), issuer)
    whole = answer_of(subject, issuer, issuer)
    for position in range(len(whole)):
        altered = whole[:position] + bytes((whole[position] ^ 0x01,)) + whole[position + 1 :]
        with pytest.raises(CertificateRejected):
            status(altered, subject, issuer)


def _loaded(certificate_: Certificate) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate_.der)
