"""Events of the internal authority. `object` is a serial number, or the id of the authority's key."""

from dataclasses import dataclass

from idp.audit.event import Event, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRequested(Event):
    """The offline root was asked, by a certification request, to certify the authority's key."""

    act = "authority.requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityInstalled(Event):
    """The certificate that the offline root signed was installed: the authority issues from now on."""

    act = "authority.installed"
    key: str
    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateIssued(Event):
    """A certificate was issued; `kind` is officer, node or department."""

    act = "certificate.issued"
    kind: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRevoked(Event):
    """A certificate was revoked for good; `reason` is a word of RFC 5280 §5.3.1."""

    act = "certificate.revoked"
    kind: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationListSigned(Event):
    """A list of revoked certificates was signed; the object is the authority's serial number."""

    act = "certificate.list_signed"
    number: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRefused(Event):
    """An act of the authority was refused; `wanted` is install, issue or revoke, `reason` a machine word."""

    act = "certificate.refused"
    wanted: str
    reason: str
    outcome: Outcome = Outcome.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateExpiring(Event):
    """A certificate in use ends soon and has no successor. Once per process and certificate."""

    act = "certificate.expiring"
    kind: str
    days: int
