"""Makers of authenticators and what their devices say of themselves (WebAuthn §8.2, packed), as wrong as a test wants it."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.support.authenticator import Authenticator

AAGUID_OID: Final = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
"""id-fido-gen-ce-aaguid (WebAuthn §8.2.1)."""
ES256: Final = -7
_DAY: Final = dt.timedelta(days=1)
_SINCE: Final = dt.datetime.now(dt.UTC) - _DAY


@dataclass
class Maker:
    """Somebody who makes authenticators: a root whose certificate goes into the settings."""

    name: str = "Maker"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def pem(self) -> str:
        """The root certificate."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{self.name} root")])
        made = _builder(name, name, self.key.public_key()).add_extension(x509.BasicConstraints(True, 1), True)
        return made.sign(self.key, SHA256()).public_bytes(Encoding.PEM).decode()

    def device(
        self, origin: str, aaguid: UUID, vouched: UUID | None = None, **changes: Any
    ) -> "AttestedDevice":
        """A device that says it is an `aaguid`; its certificate vouches for that model, or for another one."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.name),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Authenticator Attestation"),
                x509.NameAttribute(NameOID.COMMON_NAME, f"{self.name} device"),
            ]
        )
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{self.name} root")])
        model = b"\x04\x10" + (vouched or aaguid).bytes
        built = (
            _builder(subject, issuer, key.public_key())
            .add_extension(x509.BasicConstraints(False, None), True)
            .add_extension(x509.UnrecognizedExtension(AAGUID_OID, model), False)
        )
        certificate = built.sign(self.key, SHA256())
        return AttestedDevice(origin, aaguid=aaguid.bytes, key=key, certificate=certificate, **changes)


@dataclass
class AttestedDevice(Authenticator):
    """An authenticator whose passkeys its maker's key vouches for."""

    key: ec.EllipticCurvePrivateKey | None = None
    certificate: x509.Certificate | None = None
    signature: bytes | None = None

    def statement(self, signed: bytes, key: ec.EllipticCurvePrivateKey) -> tuple[str, dict[str, Any]]:
        assert self.key is not None and self.certificate is not None
        signature = self.signature or self.key.sign(signed, ec.ECDSA(SHA256()))
        chain = [self.certificate.public_bytes(Encoding.DER)]
        return "packed", {"alg": ES256, "sig": signature, "x5c": chain}


class SelfAttested(Authenticator):
    """An authenticator that vouches for a passkey by that passkey's own key (WebAuthn §6.5.4, self attestation)."""

    def statement(self, signed: bytes, key: ec.EllipticCurvePrivateKey) -> tuple[str, dict[str, Any]]:
        return "packed", {"alg": ES256, "sig": key.sign(signed, ec.ECDSA(SHA256()))}


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer, subject, key, x509.random_serial_number(), _SINCE, _SINCE + 30 * _DAY
    )
