"""Certification paths: built and validated in one walk from the leaf to a configured anchor (RFC 5280 §6).

What is used of §6: signatures, validity, name chaining, basic constraints, path length, key usage, extended key usage
on every certificate, unknown critical extensions. Anchors are held to the same rules as what hangs below them.
Name constraints are not carried out: a path with an authority that has them is refused, critical or not.
Names chain when their DER is equal; RSA, EC and SM2 may be mixed in one path.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from crypto.errors import CertificateRejected
from crypto.x509 import oids
from crypto.x509.certificate import Certificate

MOST_IN_PATH: Final = 8
MOST_OFFERED: Final = 20
MOST_SIGNATURES: Final = 40
"""How many signatures one build verifies at most, whatever is offered."""


class Purpose(StrEnum):
    """What the leaf is to be used for."""

    CLIENT = "client"
    SERVER = "server"
    SIGNING = "signing"
    OCSP = "ocsp"


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a purpose asks of the leaf: one of these key usages, and one of these purposes if any is named."""

    key_usages: frozenset[str]
    purposes: frozenset[str]
    must_be_named: bool


_SIGNATURES: Final = frozenset({"digital_signature", "content_commitment"})
_RULES: Final[dict[Purpose, _Rule]] = {
    Purpose.CLIENT: _Rule(frozenset({"digital_signature"}), frozenset({oids.CLIENT_AUTH}), False),
    Purpose.SERVER: _Rule(frozenset({"digital_signature"}), frozenset({oids.SERVER_AUTH}), True),
    # USB keys' certificates are issued for signing in and mail, and sign evidence all the same.
    Purpose.SIGNING: _Rule(
        _SIGNATURES, frozenset({oids.DOCUMENT_SIGNING, oids.EMAIL_PROTECTION, oids.CLIENT_AUTH}), False
    ),
    Purpose.OCSP: _Rule(frozenset({"digital_signature"}), frozenset({oids.OCSP_SIGNING}), True),
}


@dataclass(frozen=True, slots=True)
class Path:
    """A validated path: leaf first, anchor last."""

    certificates: tuple[Certificate, ...]

    @property
    def leaf(self) -> Certificate:
        """The certificate that was asked about."""
        return self.certificates[0]

    @property
    def anchor(self) -> Certificate:
        """The configured anchor it hangs from."""
        return self.certificates[-1]

    def links(self) -> Iterable[tuple[Certificate, Certificate]]:
        """Every certificate below the anchor, with the one that issued it."""
        return zip(self.certificates, self.certificates[1:], strict=False)


def build(
    leaf: Certificate,
    offered: Sequence[Certificate],
    anchors: Sequence[Certificate],
    purpose: Purpose,
    at: datetime,
) -> Path:
    """Give the first valid path from the leaf over offered certificates to an anchor.

    Raises CertificateRejected with the reason that stopped the longest attempt; issuer when nothing fits at all.
    """
    if len(offered) > MOST_OFFERED:
        raise CertificateRejected("oversize")
    check_usable(leaf, at)
    check_purpose(leaf, purpose)
    return _Search(offered, anchors, purpose, at).run(leaf)


def check_usable(certificate: Certificate, at: datetime) -> None:
    """Accept a certificate that is valid now and holds nothing critical that is unknown; raises CertificateRejected."""
    if certificate.extensions.has_unknown_critical:
        raise CertificateRejected("critical")
    if at < certificate.not_before:
        raise CertificateRejected("not_yet_valid")
    if at > certificate.not_after:
        raise CertificateRejected("expired")


def check_purpose(leaf: Certificate, purpose: Purpose) -> None:
    """Accept a leaf whose key usage and purposes fit.

    Key usage must be present: the signing and the encryption certificate of a USB key differ in it alone (GM/T 0015).
    An authority's certificate is none of a person or machine. Raises CertificateRejected.
    """
    rule, extensions = _RULES[purpose], leaf.extensions
    if extensions.is_ca:
        raise CertificateRejected("authority")
    if not rule.key_usages & (extensions.key_usage or frozenset()):
        raise CertificateRejected("key_usage")
    if extensions.purposes is None:
        if rule.must_be_named:
            raise CertificateRejected("purpose")
    elif not rule.purposes & extensions.purposes:
        raise CertificateRejected("purpose")


def check_authority(certificate: Certificate, purpose: Purpose, authorities_below: int) -> None:
    """Accept an authority for a path in which so many authorities that are not self-issued stand below it.

    RFC 5280 §6.1.4 k-n. Purposes of an authority bound those of its subjects. Raises CertificateRejected.
    """
    extensions = certificate.extensions
    if not extensions.is_ca:
        raise CertificateRejected("authority")
    if extensions.key_usage is not None and "key_cert_sign" not in extensions.key_usage:
        raise CertificateRejected("key_usage")
    if extensions.path_length is not None and authorities_below > extensions.path_length:
        raise CertificateRejected("path_length")
    if oids.NAME_CONSTRAINTS in extensions.raw:
        raise CertificateRejected("name_constraints")
    allowed = _RULES[purpose].purposes | {oids.ANY_PURPOSE}
    if extensions.purposes is not None and not allowed & extensions.purposes:
        raise CertificateRejected("purpose")


def check_subordinate(subordinate: Certificate, root: Certificate, at: datetime) -> None:
    """Accept an authority that hangs directly from a root which signed itself; raises CertificateRejected."""
    if not root.is_self_issued or subordinate.issuer.der != root.subject.der or subordinate == root:
        raise CertificateRejected("issuer")
    for each, below in ((root, 1), (subordinate, 0)):
        check_usable(each, at)
        check_authority(each, Purpose.SIGNING, below)
        each.verify_issued_by(root.public_key)


class _Search:
    """One build: walks up from the leaf, anchors before offered certificates, and counts the signatures it verifies."""

    def __init__(
        self,
        offered: Sequence[Certificate],
        anchors: Sequence[Certificate],
        purpose: Purpose,
        at: datetime,
    ) -> None:
        self._anchors = {each.der for each in anchors}
        self._candidates = [*anchors, *(each for each in offered if each.der not in self._anchors)]
        self._purpose = purpose
        self._at = at
        self._signatures = 0
        self._reason = "issuer"
        self._reached = 0

    def run(self, leaf: Certificate) -> Path:
        found = self._up((leaf,))
        if found is None:
            raise CertificateRejected(self._reason)
        return Path(found)

    def _up(self, so_far: tuple[Certificate, ...]) -> tuple[Certificate, ...] | None:
        subject = so_far[-1]
        self._note("issuer", len(so_far))
        for issuer in self._candidates:
            if issuer.subject.der != subject.issuer.der or issuer in so_far:
                continue
            try:
                self._check(issuer, so_far)
            except CertificateRejected as rejected:
                self._note(rejected.reason, len(so_far))
                continue
            longer = (*so_far, issuer)
            found = longer if issuer.der in self._anchors else self._up(longer)
            if found is not None:
                return found
        return None

    def _check(self, issuer: Certificate, so_far: tuple[Certificate, ...]) -> None:
        subject = so_far[-1]
        if len(so_far) >= MOST_IN_PATH:
            raise CertificateRejected("depth")
        wanted, own = subject.extensions.authority_key_id, issuer.extensions.subject_key_id
        if wanted is not None and own is not None and wanted != own:
            raise CertificateRejected("issuer")
        check_usable(issuer, self._at)
        check_authority(issuer, self._purpose, sum(not each.is_self_issued for each in so_far[1:]))
        if self._signatures >= MOST_SIGNATURES:
            raise CertificateRejected("depth")
        self._signatures += 1
        subject.verify_issued_by(issuer.public_key)

    def _note(self, reason: str, reached: int) -> None:
        """Keep the reason of the attempt that came farthest; a mere other key of the same name says least."""
        if reached > self._reached or (reached == self._reached and self._reason == "issuer"):
            self._reason, self._reached = reason, reached
