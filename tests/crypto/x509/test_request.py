"""Certification requests: ours, OpenSSL's, and those without the key they ask for."""

import subprocess
from pathlib import Path

import pytest

from crypto.x509 import request
from tests.crypto.x509 import pki


@pytest.mark.clause("RFC 2986", "3")
def test_an_sm2_request_of_openssl_proves_its_key() -> None:
    """Subject and key come out, and the signature by that key holds."""
    found = request.parse(pki.vector("sm2_request.pem"))
    assert found.subject.text == "CN=Request,O=Yihao Tests,C=CN"
    assert found.public_key.kind == "SM2"


@pytest.mark.parametrize("algorithm", ["rsa:2048", "ec:P-256", "ec:P-384"])
def test_rsa_and_ec_requests_of_openssl_are_read(tmp_path: Path, algorithm: str) -> None:
    """RSA and EC keys may ask, too."""
    kind, _, size = algorithm.partition(":")
    key = f"-newkey rsa:{size}" if kind == "rsa" else f"-newkey ec -pkeyopt ec_paramgen_curve:{size}"
    command = f"openssl req -new -nodes -keyout k.pem -subj /C=CN/CN=x {key} -out r.pem"
    subprocess.run(command.split(), check=True, capture_output=True, cwd=tmp_path)
    assert request.parse((tmp_path / "r.pem").read_bytes()).public_key.kind == kind.upper()


def test_our_request_reads_as_it_was_written() -> None:
    """Text, DER and PEM of a request are of one and the same; a Chinese name stays what it is."""
    key = pki.new_key()
    made = request.write("CN=测试节点,O=一号,C=CN", key)
    assert request.parse(made.pem().encode()) == made == request.parse(made.der)
    assert made.subject.text == "CN=测试节点,O=一号,C=CN"
    assert made.public_key.kind == "SM2"


def test_a_request_for_anothers_key_is_refused() -> None:
    """Who puts another's public key into a request cannot sign it."""
    mine, other = (request.write("CN=x", pki.new_key()) for _ in range(2))
    with pki.refused("signature"):
        request.parse(mine.der.replace(mine.public_key.bits, other.public_key.bits))


@pytest.mark.parametrize("_number", range(4))
def test_every_altered_byte_of_a_request_is_refused(_number: int) -> None:
    """No byte can change without its being refused."""
    whole = request.write("CN=x", pki.new_key()).der
    for position in range(len(whole)):
        altered = whole[:position] + bytes((whole[position] ^ 0x01,)) + whole[position + 1 :]
        with pytest.raises(request.CertificateRejected):
            request.parse(altered)


def test_bytes_that_are_no_request_and_names_that_are_none_are_refused() -> None:
    """Trailing, cut and oversize bytes; empty, broken and endless names."""
    key = pki.new_key()
    whole = request.write("CN=x", key).der
    for wrong in (whole + b"\x00", whole[:-1], b""):
        with pki.refused("malformed"):
            request.parse(wrong)
    with pki.refused("oversize"):
        request.parse(bytes(request.MOST_BYTES + 1))
    for name in ("", "nobody", "C=CHINA", "CN=" + "x" * 300):
        with pki.refused("malformed"):
            request.write(name, key)
