"""The internal authority: what its certificates and lists say, and what it does not issue."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from crypto.keys.handle import ES256
from crypto.keys.software import SoftwareKeys, new_root_key
from crypto.x509 import authority, oids, path, request
from crypto.x509.authority import Addresses, Authority, Revoked
from crypto.x509.path import Purpose
from crypto.x509.profiles import PROFILES, ProfileName
from tests.crypto.x509 import pki
from tests.crypto.x509.pki import DAY, NOW


def test_an_officer_hangs_from_the_offline_root() -> None:
    """Root, authority with path length 0 and officer make a path for signing and for signing in."""
    made = pki.sm2_pki()
    assert made.root.extensions.path_length == 1
    assert made.certificate.extensions.path_length == 0
    for purpose in (Purpose.SIGNING, Purpose.CLIENT):
        found = path.build(made.officer, [made.certificate], [made.root], purpose, NOW)
        assert found.certificates == (made.officer, made.certificate, made.root)


@pytest.mark.parametrize(
    ("profile", "usage", "purposes", "days"),
    [
        (
            ProfileName.OFFICER,
            {"digital_signature", "content_commitment"},
            {oids.CLIENT_AUTH, oids.DOCUMENT_SIGNING},
            730,
        ),
        (ProfileName.NODE, {"digital_signature"}, {oids.SERVER_AUTH, oids.CLIENT_AUTH}, 398),
        (
            ProfileName.DEPARTMENT,
            {"digital_signature", "content_commitment"},
            {oids.CLIENT_AUTH, oids.DOCUMENT_SIGNING},
            1095,
        ),
    ],
)
def test_a_profile_decides_what_a_certificate_may_do(
    profile: ProfileName, usage: set[str], purposes: set[str], days: int
) -> None:
    """Usage, purposes and validity come from the table, whatever the request says."""
    made = pki.sm2_pki()
    issued = made.authority.issue(request.write("CN=x", pki.new_key()), profile, NOW)
    assert (issued.extensions.key_usage, issued.extensions.purposes) == (usage, purposes)
    assert issued.not_after == NOW + timedelta(days=days)
    assert not issued.extensions.is_ca
    critical = {each.oid for each in issued.extensions.raw.values() if each.is_critical}
    assert critical == {oids.BASIC_CONSTRAINTS, oids.KEY_USAGE}


def test_names_and_addresses_stand_in_the_certificate() -> None:
    """A node's names, its list's address and its responder's are what the operator gave."""
    addresses = Addresses(("http://ca.example.test/crl",), ("http://ca.example.test/ocsp",))
    asked = request.write("CN=node", pki.new_key())
    issued = pki.sm2_pki().authority.issue(
        asked, ProfileName.NODE, NOW, ["a.example.test", "b.example.test"], addresses
    )
    assert [each.value for each in issued.extensions.alternative_names] == [
        "a.example.test",
        "b.example.test",
    ]
    assert issued.extensions.crl_addresses == addresses.crl
    assert issued.extensions.ocsp_addresses == addresses.ocsp
    for wrong in ("", "http://x", "测试.example", "a b", "x" * 254):
        with pki.refused("malformed"):
            pki.sm2_pki().authority.issue(asked, ProfileName.NODE, NOW, [wrong])


def test_no_certificate_outlives_its_authority() -> None:
    """The end of a certificate is at most that of its issuer, and nothing is issued outside the issuer's time."""
    made = pki.sm2_pki()
    end = made.certificate.not_after
    asked = request.write("CN=x", pki.new_key())
    assert made.authority.issue(asked, ProfileName.OFFICER, end - DAY).not_after == end
    for at in (end + timedelta(seconds=1), made.certificate.not_before - DAY):
        with pki.refused("expired"):
            made.authority.issue(asked, ProfileName.OFFICER, at)


def test_serial_numbers_are_long_and_never_the_same() -> None:
    """At least sixteen octets of randomness in at most twenty, always positive."""
    made = pki.sm2_pki()
    asked = request.write("CN=x", pki.new_key())
    serials = {made.authority.issue(asked, ProfileName.NODE, NOW).serial for _ in range(50)}
    assert len(serials) == 50
    assert all(128 < each.bit_length() <= 159 for each in serials)


def test_what_must_not_be_issued_is_not() -> None:
    """No authority below the authority, no second root, none of the authority's own name or key."""
    made = pki.sm2_pki()
    stranger = request.write("CN=x", pki.new_key())
    cases: list[tuple[request.Request, ProfileName]] = [
        (stranger, ProfileName.AUTHORITY),
        (stranger, ProfileName.ROOT),
        (request.write("CN=Test Authority,O=Yihao,C=CN", pki.new_key()), ProfileName.OFFICER),
        (request.write("CN=x", made.key), ProfileName.OFFICER),
    ]
    for asked, profile in cases:
        with pki.refused("profile"):
            made.authority.issue(asked, profile, NOW)
    with pki.refused("profile"):
        Authority(made.root, made.root_key).issue(stranger, ProfileName.ROOT, NOW)


def test_an_authority_is_one_certificate_with_its_own_key() -> None:
    """Another's key, or the certificate of an officer, makes no authority."""
    made = pki.sm2_pki()
    with pki.refused("key"):
        Authority(made.certificate, made.root_key)
    with pki.refused("authority"):
        Authority(made.officer, made.officer_key)


def test_rsa_and_ec_keys_are_certified_too_and_a_key_provider_may_sign() -> None:
    """A P-256 authority whose key is in a provider certifies; the signer is all it is known by."""
    provider = SoftwareKeys(new_root_key())
    key = provider.generate(ES256)
    signer = provider.signer(key.handle, key.wrapped)
    root = authority.self_signed_root("CN=EC Root", signer, NOW)
    issued = Authority(root, signer).issue(request.write("CN=x", pki.new_key()), ProfileName.OFFICER, NOW)
    assert (issued.public_key.kind, root.public_key.kind) == ("SM2", "EC")
    assert path.build(issued, [], [root], Purpose.SIGNING, NOW).anchor == root


def test_a_list_names_the_revoked_with_reason_and_number() -> None:
    """The list carries number and reasons; one without entries is a list, too."""
    made = pki.sm2_pki()
    revoked = [Revoked(made.officer.serial, NOW, "key_compromise"), Revoked(99, NOW - DAY, "unspecified")]
    listed = made.authority.revocation_list(revoked, 12, NOW, NOW + DAY)
    assert listed.number == 12
    assert dict(listed.revoked) == {made.officer.serial: "keyCompromise", 99: "unspecified"}
    assert (listed.this_update, listed.next_update) == (NOW, NOW + DAY)
    empty = made.authority.revocation_list([], 13, NOW, NOW + DAY)
    empty.check_not_revoked(made.officer.serial)
    assert set(authority.REASONS) <= {
        "unspecified", "key_compromise", "ca_compromise", "affiliation_changed", "superseded",
        "cessation_of_operation", "privilege_withdrawn",
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        lambda known: known.revocation_list([], 0, NOW, NOW + DAY),
        lambda known: known.revocation_list([], 1, NOW, NOW),
        lambda known: known.revocation_list([Revoked(1, NOW, "certificate_hold")], 1, NOW, NOW + DAY),
    ],
)
def test_a_list_that_says_nothing_sensible_is_not_made(wrong: Callable[[Authority], object]) -> None:
    """A number below one, a next update that is not later, a reason that is not ours."""
    with pki.refused("malformed"):
        wrong(pki.sm2_pki().authority)


def test_times_after_2049_have_the_long_form() -> None:
    """RFC 5280 §4.1.2.5: UTCTime until 2049, GeneralizedTime from 2050."""
    late = datetime(2049, 6, 1, tzinfo=NOW.tzinfo)
    root = authority.self_signed_root("CN=Late Root", pki.new_key(), late)
    assert root.not_after == late + timedelta(days=PROFILES[ProfileName.ROOT].days)
    assert root.not_before == late - authority.BACKDATED
