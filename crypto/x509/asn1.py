"""ASN.1 forms that are read and written in more than one place here, over asn1crypto.

asn1crypto reads BER and reads late; whatever comes from outside is first held to DER by ``cryptography``.
"""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from asn1crypto import core

from crypto.errors import CertificateRejected

_T = TypeVar("_T")


class Algorithm(core.Sequence):  # type: ignore[misc] # asn1crypto has no types
    """AlgorithmIdentifier with parameters as they stand (RFC 5280 §4.1.1.2)."""

    _fields: ClassVar[list[Any]] = [
        ("algorithm", core.ObjectIdentifier),
        ("parameters", core.Any, {"optional": True}),
    ]


class PublicKeyInfo(core.Sequence):  # type: ignore[misc] # see above
    """SubjectPublicKeyInfo (RFC 5280 §4.1.2.7)."""

    _fields: ClassVar[list[Any]] = [("algorithm", Algorithm), ("public_key", core.OctetBitString)]


def guarded(read: Callable[[], _T]) -> _T:
    """Run a reading; whatever the parsers raise on foreign bytes becomes CertificateRejected("malformed")."""
    try:
        return read()
    except CertificateRejected:
        raise
    except Exception:
        # The parsers answer bad input with a dozen types, among them TypeError and OverflowError.
        raise CertificateRejected("malformed") from None


def check_octets(bits: Any) -> None:
    """Accept a BIT STRING of whole octets: unused bits would be a second form of the same signature or key.

    Raises CertificateRejected("malformed").
    """
    if not bits.contents or bits.contents[0]:
        raise CertificateRejected("malformed")


def oid_parameters(algorithm: Algorithm) -> str:
    """The object identifier that stands as parameter (a curve); empty when there is none."""
    parameters = algorithm["parameters"]
    if isinstance(parameters, core.Void) or parameters.native is None:
        return ""
    return str(core.ObjectIdentifier.load(parameters.dump(), strict=True).dotted)
