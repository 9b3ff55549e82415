"""OpenSSL's word on what we issue: the machine's command line (3.x) and the library inside pyOpenSSL (4.x).

The command line of OpenSSL 3.0 sets the SM2 identity for the certificate it is asked about only, not for those above it
nor for lists; so SM2 chains go there link by link, and whole ones with lists to pyOpenSSL.
"""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from OpenSSL import crypto as openssl

from crypto.keys.handle import ES256
from crypto.keys.software import SoftwareKeys, new_root_key
from crypto.x509 import authority, certificate, request
from crypto.x509.authority import Authority, Revoked
from crypto.x509.certificate import Certificate
from crypto.x509.crl import Crl
from crypto.x509.profiles import ProfileName
from tests.crypto.x509 import pki
from tests.crypto.x509.pki import DAY, NOW

IDENTITY = "distid:1234567812345678"
AT = str(int(NOW.timestamp()))


def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """One call of the command line."""
    return subprocess.run(
        ["openssl", *command.split()], capture_output=True, cwd=folder, text=True, check=False
    )


@pytest.fixture
def made() -> pki.Sm2Pki:
    """An SM2 hierarchy of ours."""
    return pki.sm2_pki()


def test_the_command_line_verifies_each_link_of_an_sm2_chain(tmp_path: Path, made: pki.Sm2Pki) -> None:
    """`openssl verify` accepts root, authority and officer, and refuses an officer under another authority."""
    for name, each in (("root", made.root), ("ca", made.certificate), ("officer", made.officer)):
        (tmp_path / f"{name}.pem").write_text(each.pem())
    (tmp_path / "other.pem").write_text(pki.sm2_pki().certificate.pem())
    verify = f"verify -x509_strict -partial_chain -attime {AT} -vfyopt {IDENTITY} -CAfile"
    for above, below in (("root", "root"), ("root", "ca"), ("ca", "officer")):
        result = run(tmp_path, f"{verify} {above}.pem {below}.pem")
        assert result.stdout.strip() == f"{below}.pem: OK", result.stderr
    assert run(tmp_path, f"{verify} other.pem officer.pem").returncode != 0


def test_the_command_line_verifies_our_request(tmp_path: Path, made: pki.Sm2Pki) -> None:
    """`openssl req -verify` accepts our request under the default identity, and not under another."""
    (tmp_path / "r.pem").write_text(request.write("CN=测试", made.officer_key).pem())
    assert run(tmp_path, f"req -in r.pem -verify -noout -vfyopt {IDENTITY}").returncode == 0
    assert "failure" in run(tmp_path, "req -in r.pem -verify -noout -vfyopt distid:another").stderr


def test_we_verify_what_the_command_line_issues_on_our_request(tmp_path: Path) -> None:
    """OpenSSL signs a certificate for our request; its issuer's key accepts it here."""
    (tmp_path / "r.pem").write_text(request.write("CN=a,C=CN", pki.new_key()).pem())
    for command in (
        "ecparam -name SM2 -genkey -noout -out ca.key",
        f"req -x509 -new -key ca.key -subj /CN=OpenSSL -days 30 -sm3 -sigopt {IDENTITY} -out ca.pem",
        f"x509 -req -in r.pem -vfyopt {IDENTITY} -CA ca.pem -CAkey ca.key -CAcreateserial -days 9 -sm3"
        f" -sigopt {IDENTITY} -extfile ext -out c.pem",
    ):
        (tmp_path / "ext").write_text("keyUsage=critical,digitalSignature\n")
        result = run(tmp_path, command)
        assert result.returncode == 0, result.stderr
    above, below = (certificate.parse_any((tmp_path / f"{name}.pem").read_bytes()) for name in ("ca", "c"))
    below.verify_issued_by(above.public_key)


def test_the_command_line_reads_our_list_and_its_signature_holds(tmp_path: Path, made: pki.Sm2Pki) -> None:
    """`openssl crl` prints number and reason, and `openssl pkeyutl` verifies the SM2 signature over its body."""
    listed = made.authority.revocation_list([Revoked(0x77, NOW, "key_compromise")], 5, NOW, NOW + DAY)
    (tmp_path / "crl.pem").write_text(listed.pem())
    (tmp_path / "tbs").write_bytes(listed.tbs)
    (tmp_path / "sig").write_bytes(listed.signature)
    (tmp_path / "ca.pem").write_text(made.certificate.pem())
    text = run(tmp_path, "crl -in crl.pem -noout -text").stdout
    for wanted in ("Version 2", "SM2-with-SM3", "Serial Number: 77", "Key Compromise"):
        assert wanted in text
    (tmp_path / "p.pem").write_text(run(tmp_path, "x509 -in ca.pem -noout -pubkey").stdout)
    verify = f"pkeyutl -verify -pubin -inkey p.pem -rawin -digest sm3 -sigfile sig -pkeyopt {IDENTITY} -in"
    assert run(tmp_path, f"{verify} tbs").returncode == 0
    (tmp_path / "tbs").write_bytes(listed.tbs[:-1] + b"\x00")
    assert run(tmp_path, f"{verify} tbs").returncode != 0


def test_the_command_line_verifies_a_whole_p256_chain_with_its_list(tmp_path: Path) -> None:
    """Below a P-256 authority of ours `openssl verify -crl_check` says OK, and revoked after the list says so."""
    provider = SoftwareKeys(new_root_key())
    made = [provider.generate(ES256) for _ in range(3)]
    keys = [provider.signer(each.handle, each.wrapped) for each in made]
    root = authority.self_signed_root("CN=Root", keys[0], NOW)
    middle = Authority(root, keys[0]).issue(request.write("CN=CA", keys[1]), ProfileName.AUTHORITY, NOW)
    below = Authority(middle, keys[1])
    node = below.issue(request.write("CN=Node", keys[2]), ProfileName.NODE, NOW, ["a.example.test"])
    for name, each in (("root", root), ("ca", middle), ("node", node)):
        (tmp_path / f"{name}.pem").write_text(each.pem())
    verify = (
        f"verify -x509_strict -attime {AT} -purpose sslserver -crl_check -CAfile root.pem -untrusted ca.pem"
    )
    for revoked, wanted in (
        ([], "node.pem: OK"),
        ([Revoked(node.serial, NOW, "superseded")], "certificate revoked"),
    ):
        listed = below.revocation_list(revoked, 1, NOW - DAY, NOW + DAY)
        (tmp_path / "crl.pem").write_text(listed.pem())
        result = run(tmp_path, f"{verify} -CRLfile crl.pem node.pem")
        assert wanted in result.stdout + result.stderr


def second_opinion(
    leaf: Certificate, middle: Certificate, root: Certificate, listed: Crl | None = None
) -> None:
    """OpenSSL 4 builds and verifies the whole chain; raises X509StoreContextError."""
    store = openssl.X509Store()
    store.set_time(NOW)
    store.add_cert(_x509(root))
    flags = openssl.X509StoreFlags.X509_STRICT
    if listed is not None:
        store.add_crl(x509.load_der_x509_crl(listed.der))
        flags |= openssl.X509StoreFlags.CRL_CHECK
    store.set_flags(flags)
    openssl.X509StoreContext(store, _x509(leaf), [_x509(middle)]).verify_certificate()


def test_openssl_4_verifies_a_whole_sm2_chain_with_its_list(made: pki.Sm2Pki) -> None:
    """The chain holds; with the officer on our list it is refused as revoked; under another root it does not hold."""
    second_opinion(made.officer, made.certificate, made.root)
    for revoked in ([], [Revoked(made.officer.serial, NOW, "key_compromise")]):
        listed = made.authority.revocation_list(revoked, 1, NOW, NOW + DAY)
        if revoked:
            with pytest.raises(openssl.X509StoreContextError, match="revoked"):
                second_opinion(made.officer, made.certificate, made.root, listed)
        else:
            second_opinion(made.officer, made.certificate, made.root, listed)
    with pytest.raises(openssl.X509StoreContextError):
        second_opinion(made.officer, made.certificate, pki.sm2_pki().root)


def test_openssl_4_refuses_the_signature_under_another_identity_as_we_do() -> None:
    """The certificate that was signed under another identity holds for neither."""
    root, middle, other, person = (
        certificate.parse_any(pki.vector(f"sm2_{name}.pem"))
        for name in ("root", "ca", "person_other_identity", "person")
    )
    second_opinion(person, middle, root)
    with pytest.raises(openssl.X509StoreContextError, match="signature"):
        second_opinion(other, middle, root)


def _x509(made: Certificate) -> openssl.X509:
    return openssl.load_certificate(openssl.FILETYPE_ASN1, made.der)
