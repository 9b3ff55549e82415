"""Who a certificate names, by the table of its authority."""

from collections.abc import Mapping
from typing import Any

import pytest
from asn1crypto import core
from cryptography import x509

from crypto.x509 import certificate
from crypto.x509.identity import IdentityTable, Kind
from tests.crypto.x509 import pki
from tests.crypto.x509.pki import Made, Node

OPENSSL_CA = "CN=OpenSSL SM2 CA,O=Yihao Tests,C=CN"
PERSONAL = "1.2.156.10260.4.1.1"


def table(*rules: Mapping[str, Any], issuer: str = "CN=Issuer,O=Yihao Tests,C=CN") -> IdentityTable:
    """A table with one authority."""
    return IdentityTable.from_entries([{"issuer": issuer, "rules": list(rules)}])


def carrying(value: bytes, oid: str = PERSONAL) -> certificate.Certificate:
    """A certificate whose extension has these octets."""
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)
    return pki.make(Node("Leaf"), pki.ca("Issuer"), Made(extra=((extension, False),)))


@pytest.mark.clause("GM/T 0015", "identity extensions")
def test_the_extensions_of_an_openssl_certificate_name_a_person_and_an_organisation() -> None:
    """PrintableString with a prefix, UTF8String, IA5String and a string in an OCTET STRING, in the rules' order."""
    rules = (
        {"oid": PERSONAL, "prefixes": ["S", "SF"], "encoding": "printable"},
        {"oid": "1.2.156.10260.4.4"},
        {"oid": "1.2.86.11.7.3", "kind": "organisation_code", "encoding": "ia5"},
        {"oid": "1.2.156.1.8888.148", "kind": "tax", "encoding": "octets", "prefixes": ["tax/"]},
        {"oid": "1.2.156.10260.4.1.2"},
    )
    found = table(*rules, issuer=OPENSSL_CA).identify(certificate.parse_any(pki.vector("sm2_person.pem")))
    assert [(each.kind, each.value) for each in found] == [
        (Kind.RESIDENT_NUMBER, "110101190001010010"),
        (Kind.USCC, "91350100M000100Y43"),
        (Kind.ORGANISATION_CODE, "D21435690"),
        (Kind.TAX, "91350100M000100Y43"),
    ]
    assert "110101190001010010" not in repr(found)


def test_an_authority_that_is_not_in_the_table_names_nobody() -> None:
    """The same extension by another issuer means nothing."""
    leaf = carrying(core.PrintableString("110101190001010010").dump())
    assert table({"oid": PERSONAL}, issuer="CN=Another").identify(leaf) == ()
    assert table({"oid": "1.2.156.10260.4.4"}).identify(leaf) == ()
    assert [each.value for each in table({"oid": PERSONAL}).identify(leaf)] == ["110101190001010010"]


@pytest.mark.parametrize(
    ("value", "encoding"),
    [
        (core.OctetString(core.UTF8String("E12345678").dump()).dump(), "octets"),
        (core.OctetString(b"E12345678").dump(), "octets"),
        (b"E12345678", "raw"),
        (core.IA5String("E12345678").dump(), "ia5"),
        (core.UTF8String("  E12345678 ").dump(), "utf8"),
    ],
)
def test_each_encoding_gives_the_number(value: bytes, encoding: str) -> None:
    """Octets around a string or around text, bare text, and strings with white space around the number."""
    found = table({"oid": PERSONAL, "kind": "passport", "encoding": encoding}).identify(carrying(value))
    assert [(each.kind, each.value) for each in found] == [(Kind.PASSPORT, "E12345678")]


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (core.UTF8String("E1").dump(), {"encoding": "printable"}),
        (core.UTF8String("E1").dump() + b"\x00", {}),
        (core.Integer(5).dump(), {}),
        (b"\xff\xfe", {"encoding": "raw"}),
        (core.UTF8String("SF").dump(), {"prefixes": ["SF"]}),
        (core.UTF8String("E1; drop").dump(), {}),
        (core.UTF8String("E" * 65).dump(), {}),
        (core.UTF8String("E" * 500).dump(), {}),
        (core.UTF8String("").dump(), {}),
    ],
)
def test_a_value_without_the_form_of_its_rule_is_refused(value: bytes, rule: Mapping[str, Any]) -> None:
    """Another string type, trailing bytes, foreign characters, nothing and too much are refused, not guessed at."""
    with pki.refused("identity"):
        table({"oid": PERSONAL, **rule}).identify(carrying(value))


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ({"issuer": "CN=a"}, "entry 0: issuer and rules"),
        ({"issuer": "CN=a", "rules": [], "x": 1}, "entry 0: issuer and rules"),
        ({"issuer": "CN=a", "rules": []}, "entry 0: one list"),
        ({"issuer": "CN=a", "rules": [{"oid": "1.2.3"}]}, "entry 0 rule 0: kind"),
        ({"issuer": "CN=a", "rules": [{"oid": "1.2.3", "kind": "name"}]}, "entry 0 rule 0: kind"),
        ({"issuer": "CN=a", "rules": [{"oid": "x", "kind": "tax"}]}, "entry 0 rule 0: oid"),
        ({"issuer": "CN=a", "rules": [{"oid": PERSONAL, "prefix": "SF"}]}, "entry 0 rule 0: oid, kind"),
        ({"issuer": "CN=a", "rules": [{"oid": PERSONAL, "prefixes": "SF"}]}, "entry 0 rule 0: prefixes"),
        ({"issuer": "CN=a", "rules": [{"oid": PERSONAL, "encoding": "bmp"}]}, "entry 0 rule 0: encoding"),
    ],
)
def test_a_wrong_table_is_refused_by_place(entry: Mapping[str, Any], fault: str) -> None:
    """The entry, the rule and the key at fault are named."""
    with pytest.raises(ValueError, match=fault):
        IdentityTable.from_entries([entry])


def test_an_authority_stands_in_the_table_once() -> None:
    """Two entries of one issuer are a slip, not a longer list."""
    entry = {"issuer": "CN=a", "rules": [{"oid": PERSONAL}]}
    with pytest.raises(ValueError, match="entry 1"):
        IdentityTable.from_entries([entry, entry])
