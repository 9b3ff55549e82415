"""Paths: what leads from a leaf to a configured anchor, and everything that does not."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509

from crypto.errors import CertificateRejected
from crypto.keys.handle import ES256
from crypto.keys.software import SoftwareKeys, new_root_key
from crypto.x509 import authority, certificate, oids, path, request
from crypto.x509.certificate import Certificate
from crypto.x509.path import Purpose
from crypto.x509.profiles import ProfileName
from tests.crypto.x509 import pki
from tests.crypto.x509.pki import CA, DAY, LEAF, LEAF_USAGE, NOW, Made


def chain(ca: Made = CA, leaf: Made = LEAF, root: Made = CA) -> tuple[Certificate, Certificate, Certificate]:
    """A leaf, the authority above it and the root, each as a test wants it."""
    top = pki.ca("Root", made=root)
    middle = pki.ca("Middle", top, ca)
    return pki.make(pki.Node("Leaf"), middle, leaf), middle.certificate, top.certificate


def build(leaf: Certificate, middle: Certificate, root: Certificate, at: datetime = NOW) -> path.Path:
    """The path of a client's certificate."""
    return path.build(leaf, [middle], [root], Purpose.CLIENT, at)


@pytest.mark.clause("RFC 5280", "6.1")
def test_a_path_leads_over_offered_certificates_to_the_anchor() -> None:
    """The certificates may be offered in any order and with others among them; the anchor comes last."""
    leaf, middle, root = chain()
    stranger = pki.ca("Stranger").certificate
    found = path.build(leaf, [stranger, root, middle, leaf], [stranger, root], Purpose.CLIENT, NOW)
    assert found.certificates == (leaf, middle, root)
    assert (found.leaf, found.anchor) == (leaf, root)
    assert list(found.links()) == [(leaf, middle), (middle, root)]


def test_an_sm2_path_of_openssl_is_valid() -> None:
    """Root, authority and person made by OpenSSL with SM2 form a path."""
    leaf, middle, root = (
        certificate.parse_any(pki.vector(f"sm2_{name}.pem")) for name in ("person", "ca", "root")
    )
    assert build(leaf, middle, root).anchor == root


def test_sm2_and_p256_may_be_mixed_in_one_path() -> None:
    """A P-256 root certifies an SM2 authority, which certifies a P-256 officer."""
    provider = SoftwareKeys(new_root_key())
    made = [provider.generate(ES256) for _ in range(2)]
    root_key, officer_key = (provider.signer(each.handle, each.wrapped) for each in made)
    middle_key = pki.new_key()
    root = authority.self_signed_root("CN=P-256 Root", root_key, NOW)
    above = authority.Authority(root, root_key)
    middle = above.issue(request.write("CN=SM2 Authority", middle_key), ProfileName.AUTHORITY, NOW)
    below = authority.Authority(middle, middle_key)
    leaf = below.issue(request.write("CN=Officer", officer_key), ProfileName.OFFICER, NOW)
    assert [each.public_key.kind for each in build(leaf, middle, root).certificates] == ["EC", "SM2", "EC"]


@pytest.mark.parametrize(
    ("spoiled", "reason"),
    [
        ({"leaf": Made(until=NOW - timedelta(seconds=1))}, "expired"),
        ({"leaf": Made(since=NOW + timedelta(seconds=1))}, "not_yet_valid"),
        ({"ca": Made(is_ca=True, usage=pki.CA_USAGE, until=NOW - DAY / 2)}, "expired"),
        ({"ca": Made(is_ca=True, usage=pki.CA_USAGE, since=NOW + DAY / 2)}, "not_yet_valid"),
        ({"root": Made(is_ca=True, usage=pki.CA_USAGE, until=NOW - DAY / 2)}, "expired"),
        ({"ca": Made(is_ca=False, usage=pki.CA_USAGE)}, "authority"),
        ({"root": Made(is_ca=False, usage=pki.CA_USAGE)}, "authority"),
        ({"leaf": CA}, "authority"),
        ({"ca": Made(is_ca=True, usage=frozenset({"crl_sign"}))}, "key_usage"),
        ({"root": Made(is_ca=True, path_length=0, usage=pki.CA_USAGE)}, "path_length"),
        ({"leaf": Made(usage=frozenset({"key_encipherment", "data_encipherment"}))}, "key_usage"),
        ({"leaf": Made(usage=None)}, "key_usage"),
        ({"leaf": Made(purposes=(oids.SERVER_AUTH,))}, "purpose"),
        ({"leaf": Made(purposes=(oids.ANY_PURPOSE,))}, "purpose"),
        ({"ca": Made(is_ca=True, usage=pki.CA_USAGE, purposes=(oids.SERVER_AUTH,))}, "purpose"),
    ],
)
def test_a_path_with_one_fault_is_refused(spoiled: dict[str, Made], reason: str) -> None:
    """Validity, authority, path length, key usage and purpose of each certificate are each enough to refuse."""
    with pki.refused(reason):
        build(*chain(**spoiled))


@pytest.mark.parametrize("where", ["leaf", "ca", "root"])
def test_an_unknown_critical_extension_refuses_and_an_unknown_other_does_not(where: str) -> None:
    """What is marked critical must be understood, in every certificate of the path (RFC 5280 §4.2)."""
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    base = Made() if where == "leaf" else CA
    for is_critical in (False, True):
        made = Made(base.is_ca, None, base.usage, extra=((unknown, is_critical),))
        parts = chain(**{where: made})
        if is_critical:
            with pki.refused("critical"):
                build(*parts)
        else:
            assert build(*parts).leaf == parts[0]


@pytest.mark.parametrize("is_critical", [True, False])
def test_an_authority_with_name_constraints_is_refused(is_critical: bool) -> None:
    """They are not carried out here, so nothing hangs below them."""
    constraints = x509.NameConstraints([x509.DNSName("example.test")], None)
    made = Made(is_ca=True, usage=pki.CA_USAGE, extra=((constraints, is_critical),))
    with pki.refused("name_constraints"):
        build(*chain(ca=made))


@pytest.mark.parametrize(
    ("purpose", "purposes", "usage", "fits"),
    [
        (Purpose.CLIENT, (), LEAF_USAGE, True),
        (Purpose.CLIENT, (oids.CLIENT_AUTH, oids.SERVER_AUTH), LEAF_USAGE, True),
        (Purpose.SERVER, (oids.SERVER_AUTH,), LEAF_USAGE, True),
        (Purpose.SERVER, (), LEAF_USAGE, False),
        (Purpose.SIGNING, (), frozenset({"content_commitment"}), True),
        (Purpose.SIGNING, (oids.DOCUMENT_SIGNING,), LEAF_USAGE, True),
        (Purpose.SIGNING, (oids.SERVER_AUTH,), LEAF_USAGE, False),
        (Purpose.CLIENT, (), frozenset({"content_commitment"}), False),
        (Purpose.OCSP, (oids.OCSP_SIGNING,), LEAF_USAGE, True),
        (Purpose.OCSP, (), LEAF_USAGE, False),
        (Purpose.OCSP, (oids.CLIENT_AUTH,), LEAF_USAGE, False),
    ],
)
def test_a_purpose_asks_its_own_usage(
    purpose: Purpose, purposes: tuple[str, ...], usage: frozenset[str], fits: bool
) -> None:
    """Client, server, evidence and OCSP certificates are told apart by key usage and purpose."""
    leaf, middle, root = chain(leaf=Made(purposes=purposes, usage=usage))
    if fits:
        assert path.build(leaf, [middle], [root], purpose, NOW).leaf == leaf
    else:
        with pytest.raises(CertificateRejected, match=r"^(key_usage|purpose)$"):
            path.build(leaf, [middle], [root], purpose, NOW)


def test_an_offered_root_is_no_anchor() -> None:
    """Only what is configured is trusted: a whole chain of one's own leads nowhere."""
    leaf, middle, root = chain()
    with pki.refused("issuer"):
        path.build(leaf, [middle, root], [pki.ca("Another").certificate], Purpose.CLIENT, NOW)
    with pki.refused("issuer"):
        path.build(leaf, [], [], Purpose.CLIENT, NOW)


def test_an_authority_of_the_same_name_with_another_key_is_refused() -> None:
    """Names chain, but the signature does not: somebody calls himself Middle, or Root."""
    leaf, middle, root = chain()
    _, false_middle, false_root = chain()
    with pki.refused("signature"):
        build(leaf, false_middle, root)
    with pki.refused("signature"):
        build(leaf, middle, false_root)
    assert path.build(leaf, [false_middle, middle], [false_root, root], Purpose.CLIENT, NOW).anchor == root


def test_a_self_signed_leaf_is_no_path() -> None:
    """A certificate does not vouch for itself, even where it stands among the anchors."""
    leaf = pki.ca("Alone", made=Made())
    with pki.refused("issuer"):
        path.build(leaf.certificate, [], [leaf.certificate], Purpose.CLIENT, NOW)


def test_a_loop_of_authorities_ends() -> None:
    """Two authorities that certify each other lead to no anchor and to no endless walk."""
    one, two = pki.ca("One"), pki.ca("Two")
    one_by_two = pki.make(one, two, CA)
    two_by_one = pki.make(two, one, CA)
    leaf = pki.make(pki.Node("Leaf"), one)
    with pki.refused("issuer"):
        path.build(leaf, [one_by_two, two_by_one], [pki.ca("Root").certificate], Purpose.CLIENT, NOW)


def test_a_path_that_is_too_long_and_too_many_offers_are_refused() -> None:
    """Eight certificates make the longest path; more than twenty offered ones are not looked at."""
    nodes = [pki.ca("Root")]
    for number in range(path.MOST_IN_PATH - 1):
        nodes.append(pki.ca(f"Level {number}", nodes[-1]))
    root, *middle = (each.certificate for each in nodes)
    longest = pki.make(pki.Node("Leaf"), nodes[-2])
    assert (
        len(path.build(longest, middle[:-1], [root], Purpose.CLIENT, NOW).certificates) == path.MOST_IN_PATH
    )
    with pki.refused("depth"):
        path.build(pki.make(pki.Node("Leaf"), nodes[-1]), middle, [root], Purpose.CLIENT, NOW)
    with pki.refused("oversize"):
        path.build(longest, middle[:1] * 21, [root], Purpose.CLIENT, NOW)


def test_crossed_authorities_do_not_cost_more_than_the_allowed_signatures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Twenty authorities of one name could be walked in many orders: the number of verified signatures has an end."""
    same = [pki.ca("Same") for _ in range(6)]
    crossed = [
        pki.make(pki.Node("Same", one.key), other, CA) for one in same for other in same if one is not other
    ]
    counted = []
    verify: Callable[[Certificate, object], None] = Certificate.verify_issued_by  # type: ignore[assignment]  # as called

    def count(self: Certificate, issuer: object) -> None:
        counted.append(1)
        verify(self, issuer)

    monkeypatch.setattr(Certificate, "verify_issued_by", count)
    leaf = pki.make(pki.Node("Leaf"), same[0])
    with pki.refused("depth"):
        path.build(leaf, crossed[:20], [pki.ca("Root").certificate], Purpose.CLIENT, NOW)
    assert len(counted) <= path.MOST_SIGNATURES
