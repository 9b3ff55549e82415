"""Signatures that certificates' keys accept, and the weak ones they do not."""

import subprocess
from pathlib import Path

import pytest

from crypto.errors import CertificateRejected
from crypto.x509 import certificate, oids
from crypto.x509.keys import read_public_key
from tests.crypto.x509 import pki


@pytest.mark.parametrize("digest", ["sha1", "md5"])
def test_signatures_with_sha1_and_md5_are_refused(tmp_path: Path, digest: str) -> None:
    """A certificate that OpenSSL signed with a broken hash does not verify."""
    subprocess.run(
        f"openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -subj /CN=weak -{digest} -out c.pem".split(),
        check=True,
        capture_output=True,
        cwd=tmp_path,
    )
    weak = certificate.parse_any((tmp_path / "c.pem").read_bytes())
    with pki.refused("algorithm"):
        weak.verify_issued_by(weak.public_key)


def test_a_key_does_not_take_another_algorithm() -> None:
    """An SM2 key under ECDSA's identifier is refused, and the other way round: no silent change of curve."""
    sm2, ec = certificate.parse_any(pki.vector("sm2_root.pem")), pki.ca("EC").certificate
    for key, algorithm in ((sm2.public_key, oids.ECDSA_WITH_SHA256), (ec.public_key, oids.SM2_WITH_SM3)):
        with pki.refused("algorithm"):
            key.verify(b"data", sm2.signature, algorithm)
        with pki.refused("algorithm"):
            key.verify(b"data", sm2.signature, oids.RSA_WITH_SHA256)


def test_points_off_the_curve_and_compressed_points_are_refused() -> None:
    """Only 04‖x‖y on the curve is a key."""
    spki = certificate.parse_any(pki.vector("sm2_root.pem")).spki
    for wrong in (spki[:-1] + bytes((spki[-1] ^ 1,)), spki[:-65] + b"\x06" + spki[-64:], spki + b"\x00", b""):
        with pytest.raises(CertificateRejected):
            read_public_key(wrong)


def test_a_p256_point_under_the_sm2_curve_is_refused() -> None:
    """The curve's name cannot be exchanged: the point is then not on the curve."""
    spki = pki.ca("EC").certificate.spki
    p256, sm2 = bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a811ccf5501822d")
    with pki.refused("key"):
        read_public_key(spki.replace(p256, sm2))
