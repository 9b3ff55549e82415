"""Who holds a USB key: its signature, its certificate up to a configured anchor, and whom that names (CRY-06).

The same checks serve a certificate that was shown to the TLS gateway: there the handshake was the signature.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from crypto.errors import CertificateRejected
from crypto.x509 import certificate as certificates
from crypto.x509 import path, proof
from crypto.x509.certificate import Certificate
from crypto.x509.identity import Identity, IdentityTable, Kind
from crypto.x509.path import Purpose
from crypto.x509.revocation import Checker
from idp.clock import Clock, instant, today
from idp.identifiers.document import DocumentKind, parse_document
from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.id_number import parse_id_number
from idp.identifiers.masking import mask_name
from idp.identifiers.uscc import parse_uscc
from idp.ukey.answer import UkeyAnswer

LEVEL: Final = 3
"""What signing in with a key is worth, and so how revocation is asked: no answer refuses."""


class Why(StrEnum):
    """Why nobody is signed in."""

    CHALLENGE = "challenge"
    SIGNATURE = "signature"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    UNTRUSTED = "untrusted"
    REVOKED = "revoked"
    UNKNOWN_REVOCATION = "unknown_revocation"
    USAGE = "usage"
    MALFORMED = "malformed"
    NO_IDENTITY = "no_identity"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a certificate names, each number in its one writing, and which certificate it was.

    `algorithm` is the kind of its key: SM2, EC or RSA.
    """

    identities: tuple[Identity, ...]
    thumbprint_sm3: str
    issuer: str
    serial: str
    subject_shown: str
    algorithm: str


@dataclass(frozen=True, slots=True)
class UkeyRefused:
    """Nobody is signed in by this."""

    why: Why


_LEAF: Final[Mapping[str, Why]] = MappingProxyType({"expired": Why.EXPIRED, "not_yet_valid": Why.NOT_YET})
_PATH: Final[Mapping[str, Why]] = MappingProxyType(
    {
        "revoked": Why.REVOKED,
        "revocation_unknown": Why.UNKNOWN_REVOCATION,
        "revocation_unavailable": Why.UNKNOWN_REVOCATION,
    }
)
_NUMBERS: Final[Mapping[Kind, Callable[[str, date], str]]] = MappingProxyType(
    {
        Kind.RESIDENT_NUMBER: lambda text, day: parse_id_number(text, day).value,
        Kind.PASSPORT: lambda text, _day: parse_document(DocumentKind.PASSPORT, text).value,
        Kind.USCC: lambda text, _day: parse_uscc(text).value,
    }
)
"""What accounts and organisations are found by; other numbers of a certificate find nobody."""


class UkeyCheck:
    """Checks answers and certificates. One for the process, safe to share between its threads."""

    def __init__(
        self, anchors: Sequence[Certificate], table: IdentityTable, checker: Checker, clock: Clock
    ) -> None:
        self._anchors = tuple(anchors)
        self._table = table
        self._checker = checker
        self._clock = clock

    def check_answer(self, text: str | None, answer: UkeyAnswer | None) -> Holder | UkeyRefused:
        """Who signed this line; `text` is what ``UkeyChallenges.take`` gave, `answer` what ``read_answer`` gave."""
        if text is None:
            return UkeyRefused(Why.CHALLENGE)
        if answer is None:
            return UkeyRefused(Why.MALFORMED)
        try:
            proof.accept(answer.certificate.public_key, text.encode(), answer.signature)
        except CertificateRejected:
            return UkeyRefused(Why.SIGNATURE)
        return self._check(answer.certificate, answer.intermediates)

    def check_shown(self, der: bytes) -> Holder | UkeyRefused:
        """Whom a certificate names whose key a TLS handshake has proven; it stands alone, without intermediates."""
        try:
            shown = certificates.parse(der)
        except CertificateRejected:
            return UkeyRefused(Why.MALFORMED)
        return self._check(shown, ())

    def _check(self, leaf: Certificate, offered: Sequence[Certificate]) -> Holder | UkeyRefused:
        at = instant(self._clock)
        try:
            path.check_usable(leaf, at)
            path.check_purpose(leaf, Purpose.CLIENT)
        except CertificateRejected as rejected:
            return UkeyRefused(_LEAF.get(rejected.reason, Why.USAGE))
        try:
            # Revocation comes after: an address in a certificate that nobody vouches for is never called.
            found = path.build(leaf, offered, self._anchors, Purpose.CLIENT, at)
            self._checker.check(found, LEVEL, at)  # GB/T 19713
        except CertificateRejected as rejected:
            return UkeyRefused(_PATH.get(rejected.reason, Why.UNTRUSTED))
        identities = self._identities(leaf)
        if not identities:
            return UkeyRefused(Why.NO_IDENTITY)
        return Holder(
            identities=identities,
            thumbprint_sm3=leaf.thumbprint_sm3.hex(),
            issuer=leaf.issuer.text,
            serial=leaf.serial_hex,
            subject_shown=_shown(leaf),
            algorithm=leaf.public_key.kind,
        )

    def _identities(self, leaf: Certificate) -> tuple[Identity, ...]:
        """The numbers of a certificate; none at all when one is wrong or two of a kind differ: nobody is guessed."""
        day = today(self._clock)
        found: dict[Kind, str] = {}
        try:
            for each in self._table.identify(leaf):
                if each.kind in _NUMBERS:
                    value = _NUMBERS[each.kind](each.value, day)
                    if found.setdefault(each.kind, value) != value:
                        return ()
        except (CertificateRejected, IdentifierRejected):
            return ()
        return tuple(Identity(kind, value) for kind, value in found.items())


def _shown(leaf: Certificate) -> str:
    try:
        return mask_name(leaf.subject.common_name)
    except CertificateRejected:
        return mask_name("")
