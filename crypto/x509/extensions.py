"""The extensions of a certificate, read once into a frozen value (RFC 5280 §4.2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from asn1crypto import core
from asn1crypto import x509 as asn1_x509

from crypto.x509 import oids

UNDERSTOOD: Final = frozenset(
    {
        oids.KEY_USAGE,
        oids.ALTERNATIVE_NAMES,
        oids.BASIC_CONSTRAINTS,
        oids.NAME_CONSTRAINTS,  # understood by refusing: see path.py
        oids.CRL_DISTRIBUTION_POINTS,
        oids.CERTIFICATE_POLICIES,  # no policy is asked for, so every one will do (RFC 5280 §6.1.1 c)
        oids.EXTENDED_KEY_USAGE,
        oids.SUBJECT_KEY_ID,
        oids.AUTHORITY_KEY_ID,
        oids.AUTHORITY_ACCESS,
    }
)
_USAGES: Final = {"non_repudiation": "content_commitment"}
"""Where RFC 5280 §4.2.1.3 has a newer name than asn1crypto."""


@dataclass(frozen=True, slots=True)
class RawExtension:
    """One extension as it stands: identifier, whether critical, the octets of its value."""

    oid: str
    is_critical: bool
    value: bytes


@dataclass(frozen=True, slots=True)
class AlternativeName:
    """A name of subjectAltName: kind is dns, email, uri, ip, directory, id or other."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Extensions:
    """What the extensions say. `key_usage` and `purposes` are None where the extension is absent."""

    raw: Mapping[str, RawExtension]
    key_usage: frozenset[str] | None
    purposes: frozenset[str] | None
    is_ca: bool
    path_length: int | None
    alternative_names: tuple[AlternativeName, ...]
    authority_key_id: bytes | None
    subject_key_id: bytes | None
    crl_addresses: tuple[str, ...]
    ocsp_addresses: tuple[str, ...]

    @property
    def has_unknown_critical(self) -> bool:
        """Whether a critical extension stands here that this package does not carry out (RFC 5280 §4.2)."""
        return any(each.is_critical and each.oid not in UNDERSTOOD for each in self.raw.values())


def read(raw: Iterable[RawExtension]) -> Extensions:
    """Gather what is used of the extensions.

    Raises ValueError when one stands twice or its value is of another form. A basic constraint of FALSE may be
    written out: DER leaves it out, but many authorities do not.
    """
    listed = tuple(raw)
    by_oid = {each.oid: each for each in listed}
    if len(by_oid) != len(listed):
        raise ValueError("an extension stands twice")  # RFC 5280 §4.2

    def value(oid: str) -> Any:
        return _SPECS[oid].load(by_oid[oid].value, strict=True) if oid in by_oid else None

    basic, usage, purposes = (
        value(oids.BASIC_CONSTRAINTS),
        value(oids.KEY_USAGE),
        value(oids.EXTENDED_KEY_USAGE),
    )
    authority, own = value(oids.AUTHORITY_KEY_ID), value(oids.SUBJECT_KEY_ID)
    is_ca = basic is not None and bool(basic["ca"].native)
    return Extensions(
        raw=MappingProxyType(by_oid),
        key_usage=None if usage is None else frozenset(_USAGES.get(name, name) for name in usage.native),
        purposes=None if purposes is None else frozenset(each.dotted for each in purposes),
        is_ca=is_ca,
        path_length=basic["path_len_constraint"].native if is_ca else None,
        alternative_names=tuple(_name(each) for each in value(oids.ALTERNATIVE_NAMES) or ()),
        authority_key_id=None if authority is None else authority["key_identifier"].native,
        subject_key_id=None if own is None else own.native,
        crl_addresses=_crl_addresses(value(oids.CRL_DISTRIBUTION_POINTS) or ()),
        ocsp_addresses=_ocsp_addresses(value(oids.AUTHORITY_ACCESS) or ()),
    )


def _name(name: Any) -> AlternativeName:
    kind = _NAME_KINDS.get(name.name, "other")
    if kind == "directory":
        # As text for people only; what is compared is the subject.
        return AlternativeName(kind, str(name.chosen.human_friendly))
    if kind == "id":
        return AlternativeName(kind, str(name.chosen.dotted))
    return AlternativeName(kind, "" if kind == "other" else str(name.native))


def _crl_addresses(points: Iterable[Any]) -> tuple[str, ...]:
    """Addresses of whole CRLs by the issuer itself; points for some reasons only or by another issuer are left out."""
    return tuple(
        str(name.native)
        for point in points
        if point["reasons"].native is None and point["crl_issuer"].native is None
        if point["distribution_point"].native is not None and point["distribution_point"].name == "full_name"
        for name in point["distribution_point"].chosen
        if name.name == _URI
    )


def _ocsp_addresses(access: Iterable[Any]) -> tuple[str, ...]:
    return tuple(
        str(each["access_location"].native)
        for each in access
        if each["access_method"].native == "ocsp" and each["access_location"].name == _URI
    )


_URI: Final = "uniform_resource_identifier"
_NAME_KINDS: Final[Mapping[str, str]] = {
    "dns_name": "dns",
    "rfc822_name": "email",
    _URI: "uri",
    "ip_address": "ip",
    "directory_name": "directory",
    "registered_id": "id",
}
_SPECS: Final[Mapping[str, Any]] = {
    oids.BASIC_CONSTRAINTS: asn1_x509.BasicConstraints,
    oids.KEY_USAGE: asn1_x509.KeyUsage,
    oids.EXTENDED_KEY_USAGE: asn1_x509.ExtKeyUsageSyntax,
    oids.ALTERNATIVE_NAMES: asn1_x509.GeneralNames,
    oids.AUTHORITY_KEY_ID: asn1_x509.AuthorityKeyIdentifier,
    oids.SUBJECT_KEY_ID: core.OctetString,
    oids.CRL_DISTRIBUTION_POINTS: asn1_x509.CRLDistributionPoints,
    oids.AUTHORITY_ACCESS: asn1_x509.AuthorityInfoAccessSyntax,
}
