"""Who a certificate names: identity extensions by a table per authority (GM/T 0015; china.md §4.3).

Authorities differ in which extension holds a number, in what stands before it and in how it is encoded. A table
entry is for one issuer and has rules; a certificate of an issuer without entry names nobody. ::

    [[certificate_identity]]
    issuer = "CN=Example SM2 CA,O=Example CA,C=CN"     # RFC 4514, as `issuer.text` gives it
    rules = [
      { oid = "1.2.156.10260.4.1.1", kind = "resident_number", encoding = "printable", prefixes = ["SF"] },
      { oid = "1.2.156.10260.4.4", kind = "uscc" },
    ]

Values are held to their form (size, characters), not to their check digits: ``idp.identifiers`` does that.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from asn1crypto import core

from crypto.errors import CertificateRejected
from crypto.x509.certificate import Certificate

LONGEST: Final = 64
_VALUE: Final = re.compile(r"[0-9A-Za-z()（）_-]{1,64}")
_DOTTED: Final = re.compile(r"[0-2](?:\.(?:0|[1-9]\d{0,9})){1,15}", re.ASCII)


class Kind(StrEnum):
    """What a number is."""

    RESIDENT_NUMBER = "resident_number"
    PASSPORT = "passport"
    SOCIAL_INSURANCE = "social_insurance"
    BUSINESS_REGISTRATION = "business_registration"
    ORGANISATION_CODE = "organisation_code"
    USCC = "uscc"
    TAX = "tax"


KNOWN: Final[Mapping[str, Kind]] = {
    "1.2.156.10260.4.1.1": Kind.RESIDENT_NUMBER,
    "1.2.156.10260.4.1.1.1": Kind.RESIDENT_NUMBER,
    "1.2.156.10260.4.1.1.2": Kind.PASSPORT,
    "1.2.156.10260.4.1.2": Kind.SOCIAL_INSURANCE,
    "1.2.156.10260.4.1.3": Kind.BUSINESS_REGISTRATION,
    "1.2.156.10260.4.1.4": Kind.ORGANISATION_CODE,
    "1.2.156.10260.4.1.5": Kind.TAX,
    "1.2.156.10260.4.4": Kind.USCC,
}
"""The identifiers of the standard; a rule may leave out `kind` for them. Older arcs always need it."""


class Encoding(StrEnum):
    """How the extension's value holds the text."""

    PRINTABLE = "printable"
    UTF8 = "utf8"
    IA5 = "ia5"
    OCTETS = "octets"
    """An OCTET STRING around the text or around one of the strings above."""
    RAW = "raw"
    """The text itself, without any ASN.1."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One extension to look for; without encoding any of the three string types will do."""

    oid: str
    kind: Kind
    prefixes: tuple[str, ...] = ()
    encoding: Encoding | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """A number that a certificate carries."""

    kind: Kind
    value: str = field(repr=False)


class IdentityTable:
    """The rules of every authority whose certificates name somebody."""

    def __init__(self, rules: Mapping[str, Sequence[Rule]]) -> None:
        self._rules = {issuer: tuple(each) for issuer, each in rules.items()}

    @classmethod
    def from_entries(cls, entries: Sequence[Mapping[str, Any]]) -> "IdentityTable":
        """Read entries as TOML gives them; raises ValueError naming the entry and key, for a fault in any."""
        rules: dict[str, list[Rule]] = {}
        for position, entry in enumerate(entries):
            issuer, listed = entry.get("issuer"), entry.get("rules")
            if entry.keys() != {"issuer", "rules"} or not isinstance(issuer, str) or not issuer:
                raise ValueError(f"entry {position}: issuer and rules")
            if issuer in rules or not isinstance(listed, Sequence) or not listed:
                raise ValueError(f"entry {position}: one list of rules for each issuer")
            rules[issuer] = [
                _rule(each, f"entry {position} rule {number}") for number, each in enumerate(listed)
            ]
        return cls(rules)

    def identify(self, certificate: Certificate) -> tuple[Identity, ...]:
        """Give what the certificate names, in the order of the rules; nothing for an issuer that is not in the table.

        Raises CertificateRejected("identity") when a value is there but has not the form the rule says.
        """
        found = []
        for rule in self._rules.get(certificate.issuer.text, ()):
            extension = certificate.extensions.raw.get(rule.oid)
            if extension is not None:
                found.append(Identity(rule.kind, _value(extension.value, rule)))
        return tuple(found)


def _rule(entry: Mapping[str, Any], place: str) -> Rule:
    oid = entry.get("oid")
    if entry.keys() - {"oid", "kind", "prefixes", "encoding"} or not isinstance(oid, str):
        raise ValueError(f"{place}: oid, kind, prefixes, encoding")
    if not _DOTTED.fullmatch(oid):
        raise ValueError(f"{place}: oid")
    prefixes = entry.get("prefixes", [])
    if not isinstance(prefixes, list) or not all(isinstance(each, str) and each for each in prefixes):
        raise ValueError(f"{place}: prefixes")
    try:
        kind = Kind(entry["kind"]) if "kind" in entry else KNOWN[oid]
    except (KeyError, ValueError):
        raise ValueError(f"{place}: kind") from None
    try:
        encoding = Encoding(entry["encoding"]) if "encoding" in entry else None
    except ValueError:
        raise ValueError(f"{place}: encoding") from None
    return Rule(oid, kind, tuple(prefixes), encoding)


def _value(contents: bytes, rule: Rule) -> str:
    """The number in an extension's value: decoded, the first fitting prefix cut off, held to its form."""
    if len(contents) > 2 * LONGEST:
        raise CertificateRejected("identity")
    try:
        text = _decoded(contents, rule.encoding).strip(" \x00")
    except (ValueError, TypeError):
        raise CertificateRejected("identity") from None
    prefix = next(
        (each for each in sorted(rule.prefixes, key=len, reverse=True) if text.startswith(each)), ""
    )
    value = text[len(prefix) :]
    if not _VALUE.fullmatch(value):
        raise CertificateRejected("identity")
    return value


def _decoded(contents: bytes, encoding: Encoding | None) -> str:
    if encoding is Encoding.RAW:
        return contents.decode("utf-8")
    if encoding is Encoding.OCTETS:
        inner = bytes(core.OctetString.load(contents, strict=True).native)
        try:
            return _string(inner, _STRINGS.values())
        except ValueError:
            return inner.decode("utf-8")
    return _string(contents, _STRINGS.values() if encoding is None else (_STRINGS[encoding],))


def _string(contents: bytes, types: Any) -> str:
    parsed: Any = core.load(contents, strict=True)
    if type(parsed) not in types:
        raise ValueError("another type")
    return str(parsed.native)


_STRINGS: Final[Mapping[Encoding, type[Any]]] = {
    Encoding.PRINTABLE: core.PrintableString,
    Encoding.UTF8: core.UTF8String,
    Encoding.IA5: core.IA5String,
}
