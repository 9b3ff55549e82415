"""Public keys of certificates, and the signatures they accept: SM2 with SM3, ECDSA, RSA PKCS #1 v1.5.

SHA-1 and MD5 stand in no table here, so nothing signed with them verifies (GB/T 39786; RFC 8017 §8.2; RFC 5758).
"""

from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from crypto.errors import CertificateRejected, KeyUnusable, VerificationError
from crypto.sm.sm2 import Sm2PublicKey, der_to_rs
from crypto.x509 import oids
from crypto.x509.asn1 import PublicKeyInfo, check_octets, guarded, oid_parameters

Kind = Literal["SM2", "EC", "RSA"]

_ECDSA: Final[dict[str, hashes.HashAlgorithm]] = {
    oids.ECDSA_WITH_SHA256: hashes.SHA256(),
    oids.ECDSA_WITH_SHA384: hashes.SHA384(),
    oids.ECDSA_WITH_SHA512: hashes.SHA512(),
}
_RSA: Final[dict[str, hashes.HashAlgorithm]] = {
    oids.RSA_WITH_SHA256: hashes.SHA256(),
    oids.RSA_WITH_SHA384: hashes.SHA384(),
    oids.RSA_WITH_SHA512: hashes.SHA512(),
}
_CURVES: Final = {oids.P256_CURVE, oids.P384_CURVE}
_RSA_BITS: Final = range(2048, 8193)
_POINT: Final = 65


class PublicKey(Protocol):
    """A public key that verifies signatures in the form certificates have them."""

    @property
    def kind(self) -> Kind:
        """SM2, EC (P-256, P-384) or RSA."""

    @property
    def bits(self) -> bytes:
        """The subjectPublicKey: 04‖x‖y, or the DER of RSAPublicKey."""

    def verify(self, data: bytes, signature: bytes, algorithm: str) -> None:
        """Accept a signature over data by the algorithm with this dotted identifier.

        Raises CertificateRejected: algorithm when the key does not go with it, signature when it does not hold.
        """


@dataclass(frozen=True, slots=True)
class Sm2Key:
    """SM2 with SM3 under the default identity (GM/T 0009 §10, GM/T 0015)."""

    bits: bytes
    point: Sm2PublicKey = field(repr=False, compare=False)
    kind: Kind = "SM2"

    def verify(self, data: bytes, signature: bytes, algorithm: str) -> None:
        """Accept SEQUENCE{r, s} (GM/T 0009 §7.3)."""
        if algorithm != oids.SM2_WITH_SM3:
            raise CertificateRejected("algorithm")
        try:
            self.point.verify(data, der_to_rs(signature))
        except VerificationError:
            raise CertificateRejected("signature") from None


@dataclass(frozen=True, slots=True)
class EcKey:
    """ECDSA on P-256 or P-384 (RFC 5758 §3.2)."""

    bits: bytes
    key: ec.EllipticCurvePublicKey = field(repr=False, compare=False)
    kind: Kind = "EC"

    def verify(self, data: bytes, signature: bytes, algorithm: str) -> None:
        """Accept SEQUENCE{r, s}."""
        chosen = _ECDSA.get(algorithm)
        if chosen is None:
            raise CertificateRejected("algorithm")
        try:
            self.key.verify(signature, data, ec.ECDSA(chosen))
        except InvalidSignature:
            raise CertificateRejected("signature") from None


@dataclass(frozen=True, slots=True)
class RsaKey:
    """RSASSA-PKCS1-v1_5 with 2048 to 8192 bits (RFC 8017 §8.2)."""

    bits: bytes
    key: rsa.RSAPublicKey = field(repr=False, compare=False)
    kind: Kind = "RSA"

    def verify(self, data: bytes, signature: bytes, algorithm: str) -> None:
        """Accept a signature as long as the modulus."""
        chosen = _RSA.get(algorithm)
        if chosen is None:
            raise CertificateRejected("algorithm")
        try:
            self.key.verify(signature, data, padding.PKCS1v15(), chosen)
        except InvalidSignature:
            raise CertificateRejected("signature") from None


def read_public_key(spki: bytes) -> PublicKey:
    """Read a SubjectPublicKeyInfo; raises CertificateRejected("key") for a type, curve or size not named above."""
    info = guarded(lambda: PublicKeyInfo.load(spki, strict=True))
    guarded(lambda: check_octets(info["public_key"]))
    algorithm, curve, bits = guarded(
        lambda: (
            info["algorithm"]["algorithm"].dotted,
            oid_parameters(info["algorithm"]) if info["algorithm"]["algorithm"].dotted == oids.EC_KEY else "",
            bytes(info["public_key"].native),
        )
    )
    if algorithm == oids.EC_KEY and curve == oids.SM2_CURVE:
        return _sm2(bits)
    if algorithm == oids.EC_KEY and curve in _CURVES:
        key = _loaded(spki)
        if isinstance(key, ec.EllipticCurvePublicKey) and bits[:1] == b"\x04":
            return EcKey(bits, key)
    if algorithm == oids.RSA_KEY:
        key = _loaded(spki)
        if isinstance(key, rsa.RSAPublicKey) and key.key_size in _RSA_BITS:
            return RsaKey(bits, key)
    raise CertificateRejected("key")


def _sm2(bits: bytes) -> Sm2Key:
    if len(bits) != _POINT or bits[0] != 0x04:
        raise CertificateRejected("key")
    try:
        return Sm2Key(bits, Sm2PublicKey(bits[1:]))
    except KeyUnusable:
        raise CertificateRejected("key") from None


def _loaded(spki: bytes) -> object:
    try:
        return serialization.load_der_public_key(spki)
    except Exception:
        # cryptography answers a bad key with ValueError, UnsupportedAlgorithm or an error of OpenSSL's own.
        raise CertificateRejected("key") from None
