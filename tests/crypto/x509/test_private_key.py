"""Files of officers' keys: read again, read by OpenSSL 4, read from OpenSSL 3, and refused."""

import subprocess
from pathlib import Path

import pytest
from OpenSSL import crypto as openssl

from crypto.errors import KeyUnusable, SealError
from crypto.sm.sm2 import Sm2PublicKey
from crypto.x509 import pem, private_key
from crypto.x509.private_key import SoftwareKey
from crypto.x509.signing import spki_of
from tests.crypto.x509 import pki

FEW = 2000
PASSPHRASE = "correct horse 电池"


@pytest.mark.clause("RFC 8018", "6.2")
@pytest.mark.clause("GM/T 0091", "A")
def test_a_key_file_opens_with_its_passphrase_alone() -> None:
    """The right passphrase gives the key; another, however alike, is told to be wrong, every time."""
    d = private_key.generate()
    text = private_key.write(d, PASSPHRASE, FEW).encode()
    assert private_key.read(text, PASSPHRASE) == d
    assert private_key.write(d, PASSPHRASE, FEW).encode() != text
    for number in range(300):
        with pytest.raises(SealError, match="passphrase"):
            private_key.read(text, f"{PASSPHRASE}{number}")


def test_openssl_4_opens_our_file_to_the_same_key() -> None:
    """OpenSSL knows HMAC-SM3 as PRF and SM4-CBC by the identifiers we write."""
    d = private_key.generate()
    text = private_key.write(d, PASSPHRASE, FEW).encode()
    loaded = openssl.load_privatekey(openssl.FILETYPE_PEM, text, PASSPHRASE.encode())
    assert openssl.dump_publickey(openssl.FILETYPE_ASN1, loaded) == spki_of(SoftwareKey(d).handle)
    with pytest.raises(openssl.Error):
        openssl.load_privatekey(openssl.FILETYPE_PEM, text, b"wrong passphrase")


@pytest.mark.parametrize("cipher", ["sm4-cbc", "aes-256-cbc"])
def test_files_of_openssl_are_opened(tmp_path: Path, cipher: str) -> None:
    """What `openssl pkcs8` wrote signs with us and verifies under OpenSSL's public key."""
    for command in (
        "openssl ecparam -name SM2 -genkey -noout -out k.pem",
        f"openssl pkcs8 -topk8 -in k.pem -v2 {cipher} -passout pass:secret-words -out e.pem",
        "openssl pkey -in k.pem -pubout -outform DER -out p.der",
    ):
        subprocess.run(command.split(), check=True, capture_output=True, cwd=tmp_path)
    d = private_key.read((tmp_path / "e.pem").read_bytes(), "secret-words")
    public = Sm2PublicKey((tmp_path / "p.der").read_bytes()[-64:])
    public.verify(b"data", SoftwareKey(d).sign(b"data"))


def test_files_of_another_form_are_refused(tmp_path: Path) -> None:
    """Keys in clear, keys of another curve, other encryptions and broken files are refused as unusable."""
    for command in (
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem",
        "openssl pkcs8 -topk8 -in ec.pem -v2 sm4-cbc -passout pass:secret-words -out p256.pem",
        "openssl pkcs8 -topk8 -in ec.pem -v2 aes-128-cbc -passout pass:secret-words -out aes128.pem",
        "openssl pkcs8 -topk8 -in ec.pem -scrypt -passout pass:secret-words -out scrypt.pem",
    ):
        subprocess.run(command.split(), check=True, capture_output=True, cwd=tmp_path)
    for name in ("ec", "p256", "aes128", "scrypt"):
        with pytest.raises(KeyUnusable):
            private_key.read((tmp_path / f"{name}.pem").read_bytes(), "secret-words")
    text = private_key.write(private_key.generate(), PASSPHRASE, FEW).encode()
    for wrong in (b"", text[:-40], text + text, bytes(private_key.MOST_BYTES + 1)):
        with pytest.raises(KeyUnusable):
            private_key.read(wrong, PASSPHRASE)


def test_a_file_cannot_ask_for_endless_work() -> None:
    """A number of iterations that would hold the machine for minutes, or none to speak of, is refused unread."""
    d = private_key.generate()
    little = private_key.write(d, PASSPHRASE, private_key.LEAST_ITERATIONS - 1)
    der = pem.read(private_key.write(d, PASSPHRASE, 0x7FFF).encode(), private_key.LABEL, 1, 9999)[0]
    at = der.index(b"\x02\x02\x7f\xff")
    # The number grows by three octets, so the salt before it shrinks by three and all lengths stay.
    salt = at - 18
    assert der[salt : salt + 2] == b"\x04\x10"
    much = (
        der[:salt] + b"\x04\x0d" + der[salt + 2 : salt + 15] + b"\x02\x05\x7f\xff\xff\xff\xff" + der[at + 4 :]
    )
    for wrong in (little, pem.write(much, private_key.LABEL)):
        with pytest.raises(KeyUnusable):
            private_key.read(wrong.encode(), PASSPHRASE)


def test_a_short_passphrase_is_refused() -> None:
    """Eight characters at least."""
    with pytest.raises(ValueError, match="eight"):
        private_key.write(private_key.generate(), "1234567")


def test_a_loaded_key_does_not_print_itself() -> None:
    """Neither the key nor its digits are in the printed form."""
    d = private_key.generate()
    assert d.hex() not in repr(SoftwareKey(d)).lower()
    assert pki.new_key().handle.kid != SoftwareKey(d).handle.kid
