"""Revocation lists as OpenSSL and ``cryptography`` write them, and those that prove nothing."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509

from crypto.errors import CertificateRejected
from crypto.x509 import certificate, crl
from crypto.x509.authority import Revoked
from tests.crypto.x509 import pki
from tests.crypto.x509.pki import DAY, NOW


@pytest.mark.clause("RFC 5280", "5")
def test_an_sm2_list_of_openssl_tells_who_is_revoked() -> None:
    """The list holds under its issuer's key; a listed serial number is refused with a reason, another is not."""
    issuer = certificate.parse_any(pki.vector("sm2_ca.pem"))
    good, revoked = (
        certificate.parse_any(pki.vector(f"sm2_{name}.pem")) for name in ("person", "person_other_identity")
    )
    listed = crl.parse(pki.vector("sm2_crl.pem"))
    listed.check(issuer, NOW)
    assert (listed.number, listed.revoked) == (7, {revoked.serial: "keyCompromise"})
    listed.check_not_revoked(good.serial)
    with pki.refused("revoked"):
        listed.check_not_revoked(revoked.serial)
    assert crl.parse(listed.pem().encode()) == listed == crl.parse(listed.der)


def test_a_list_of_another_authority_is_refused() -> None:
    """Another name, or the same name with another key, does not speak for the issuer."""
    issuer, same_name, other = pki.ca("A"), pki.ca("A"), pki.ca("B")
    listed = crl.parse(pki.crl_of(issuer))
    listed.check(issuer.certificate, NOW)
    with pki.refused("signature"):
        listed.check(same_name.certificate, NOW)
    with pki.refused("issuer"):
        listed.check(other.certificate, NOW)
    named = x509.AuthorityKeyIdentifier(b"another key", None, None)
    own = x509.SubjectKeyIdentifier(b"this key")
    issuer = pki.ca("A", made=pki.Made(is_ca=True, usage=pki.CA_USAGE, extra=((own, False),)))
    with pki.refused("issuer"):
        crl.parse(pki.crl_of(issuer, extra=((named, False),))).check(issuer.certificate, NOW)


def test_a_list_must_be_current() -> None:
    """A list that ended, or that begins later than a clock may differ, is refused."""
    issuer = pki.ca("A")
    listed = crl.parse(pki.crl_of(issuer))
    listed.check(issuer.certificate, NOW + DAY)
    with pki.refused("stale"):
        listed.check(issuer.certificate, NOW + DAY + timedelta(seconds=1))
    listed.check(issuer.certificate, NOW - DAY - crl.CLOCK_SKEW)
    with pki.refused("not_yet_valid"):
        listed.check(issuer.certificate, NOW - DAY - crl.CLOCK_SKEW - timedelta(seconds=1))


def test_an_issuer_that_may_not_sign_lists_is_refused() -> None:
    """Key usage without cRLSign is no right to revoke."""
    issuer = pki.ca("A", made=pki.Made(is_ca=True, usage=frozenset({"key_cert_sign"})))
    with pki.refused("key_usage"):
        crl.parse(pki.crl_of(issuer)).check(issuer.certificate, NOW)


_POINT = x509.IssuingDistributionPoint(None, None, True, False, None, False, False)


@pytest.mark.parametrize(
    "spoiled",
    [
        {"extra": ((_POINT, True),)},
        {"extra": ((x509.DeltaCRLIndicator(3), True),)},
        {"extra": ((x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\x00"), True),)},
        {"serials": [5], "entry": ((x509.CertificateIssuer([x509.DNSName("other")]), True),)},
    ],
)
def test_lists_that_cover_something_else_are_refused(spoiled: dict[str, Any]) -> None:
    """Partial lists, deltas, indirect entries and unknown critical extensions are refused as a whole."""
    with pki.refused("critical"):
        crl.parse(pki.crl_of(pki.ca("A"), **spoiled))


def test_bytes_that_are_no_list_are_refused() -> None:
    """Tampered, trailing, cut and oversize bytes are each refused."""
    issuer = pki.ca("A")
    der = pki.crl_of(issuer, [7])
    for wrong in (der + b"\x00", der[:-1], b""):
        with pki.refused("malformed"):
            crl.parse(wrong)
    with pki.refused("oversize"):
        crl.parse(bytes(crl.MOST_BYTES + 1))
    at = der.index(b"\x02\x01\x07")
    with pki.refused("signature"):
        crl.parse(der[:at] + b"\x02\x01\x08" + der[at + 3 :]).check(issuer.certificate, NOW)


@pytest.mark.parametrize("_number", range(4))
def test_every_altered_byte_of_a_list_is_refused(_number: int) -> None:
    """No byte of a list can change without its being refused, at reading or when it is checked."""
    made = pki.sm2_pki()
    whole = made.authority.revocation_list([Revoked(7, NOW, "superseded")], 1, NOW, NOW + DAY).der
    for position in range(len(whole)):
        altered = whole[:position] + bytes((whole[position] ^ 0x01,)) + whole[position + 1 :]
        with pytest.raises(CertificateRejected):
            crl.parse(altered).check(made.certificate, NOW)
