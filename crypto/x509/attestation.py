"""The certificate by which a maker vouches for a passkey's device (WebAuthn Level 3 §8.2, §8.2.1)."""

from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

MODEL: Final = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
"""id-fido-gen-ce-aaguid."""
UNIT: Final = "Authenticator Attestation"
_OCTETS_16: Final = b"\x04\x10"


def attested_model(der: bytes) -> bytes | None:
    """The AAGUID (16 octets) of the model that an attestation certificate speaks for.

    None for a certificate that is none by §8.2.1, or names no model: nobody's word is guessed. Trust is not decided here.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        units = certificate.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATIONAL_UNIT_NAME)
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        found = certificate.extensions.get_extension_for_oid(MODEL)
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.InvalidVersion):
        return None
    value = found.value.value if isinstance(found.value, x509.UnrecognizedExtension) else b""
    is_attestation = (
        certificate.version is x509.Version.v3
        and [unit.value for unit in units] == [UNIT]
        and not basic.value.ca
        and not found.critical
    )
    if not is_attestation or len(value) != 18 or not value.startswith(_OCTETS_16):
        return None
    return value.removeprefix(_OCTETS_16)


def one_by_one(pem: str) -> list[bytes]:
    """Each certificate of a PEM text by itself. Raises ValueError for text that holds none."""
    return [one.public_bytes(Encoding.PEM) for one in x509.load_pem_x509_certificates(pem.encode())]
