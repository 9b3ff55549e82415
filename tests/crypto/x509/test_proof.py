"""Signatures over messages by the keys of certificates: which forms are accepted, and that OpenSSL agrees."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from crypto.sm.sm2 import rs_to_der
from crypto.x509 import proof, signing
from crypto.x509.keys import PublicKey, read_public_key
from tests.crypto.x509 import pki

LINE = "v1|nonce|社保大厅|https://id.example.test|2027-01-01T12:00:00Z".encode()
SHA256 = hashes.SHA256()
PSS = padding.PSS(padding.MGF1(SHA256), SHA256.digest_size)


def public(key: pki.PrivateKey) -> PublicKey:
    """The public half as a certificate has it."""
    der = serialization.Encoding.DER
    return read_public_key(
        key.public_key().public_bytes(der, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


@pytest.mark.clause("GM/T 0009", "10")
def test_a_signature_that_openssl_made_is_accepted(tmp_path: Path) -> None:
    """SM2 with SM3 under the default identity, by a key and a command that are not ours."""
    (tmp_path / "line").write_bytes(LINE)
    for command in (
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out key.pem",
        "pkey -in key.pem -pubout -outform DER -out public.der",
        "pkeyutl -sign -rawin -digest sm3 -inkey key.pem -in line -pkeyopt distid:1234567812345678 -out good",
        "pkeyutl -sign -rawin -digest sm3 -inkey key.pem -in line -pkeyopt distid:another -out other",
    ):
        subprocess.run(["openssl", *command.split()], check=True, capture_output=True, cwd=tmp_path)
    key = read_public_key((tmp_path / "public.der").read_bytes())
    proof.accept(key, LINE, (tmp_path / "good").read_bytes())
    with pki.refused("signature"):
        proof.accept(key, LINE, (tmp_path / "other").read_bytes())


def test_sm2_is_accepted_in_both_forms_and_in_no_third() -> None:
    """r‖s and its DER; values out of range are refused as wrong, not as a fault."""
    own = pki.new_key()
    key, rs = read_public_key(signing.spki_of(own.handle)), own.sign(LINE)
    for good in (rs, rs_to_der(rs)):
        proof.accept(key, LINE, good)
    for bad in (bytes(64), b"\xff" * 64, rs[:63], rs + b"\x00", b"", rs_to_der(rs)[:-1], rs[32:] + rs[:32]):
        with pki.refused("signature"):
            proof.accept(key, LINE, bad)


def test_p256_is_accepted_in_both_forms_and_in_no_third() -> None:
    """As for SM2; a padded integer is BER and refused."""
    own = ec.generate_private_key(ec.SECP256R1())
    key, der = public(own), own.sign(LINE, ec.ECDSA(SHA256))
    r, s = decode_dss_signature(der)
    rs = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    for good in (rs, der):
        proof.accept(key, LINE, good)
    body = b"\x02" + bytes([der[3] + 1]) + b"\x00" + der[4:]
    padded = b"\x30" + bytes([len(body)]) + body
    long_form = b"\x30\x81" + der[1:]
    for bad in (bytes(64), b"\xff" * 64, padded, long_form, der + b"\x00", b"", rs[32:] + rs[:32]):
        with pki.refused("signature"):
            proof.accept(key, LINE, bad)


def test_rsa_is_accepted_under_both_paddings_with_sha256_alone() -> None:
    """SHA-1, SHA-512, another salt length and another mask function do not hold."""
    own = rsa.generate_private_key(65537, 2048)
    key = public(own)
    for scheme in (padding.PKCS1v15(), PSS):
        proof.accept(key, LINE, own.sign(LINE, scheme, SHA256))
    sha512, sha1 = hashes.SHA512(), hashes.SHA1()  # noqa: S303 - what must be refused
    short = padding.PSS(padding.MGF1(SHA256), 20)
    mixed = padding.PSS(padding.MGF1(sha1), SHA256.digest_size)
    for bad in (
        own.sign(LINE, padding.PKCS1v15(), sha1),
        own.sign(LINE, padding.PKCS1v15(), sha512),
        own.sign(LINE, short, SHA256),
        own.sign(LINE, mixed, SHA256),
        own.sign(LINE, PSS, SHA256)[1:],
        b"",
    ):
        with pki.refused("signature"):
            proof.accept(key, LINE, bad)


def test_another_curve_is_no_key_of_a_token() -> None:
    """P-384 signs certificates, and nobody in."""
    own = ec.generate_private_key(ec.SECP384R1())
    with pki.refused("key"):
        proof.accept(public(own), LINE, own.sign(LINE, ec.ECDSA(SHA256)))
