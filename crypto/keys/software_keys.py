"""The private keys that ``software`` keeps: made, written as bytes to be wrapped, loaded to sign or to decrypt."""

from collections.abc import Callable, Mapping
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from crypto.errors import KeyUnusable, SealError
from crypto.keys import jwk, pairs
from crypto.keys.handle import (
    ECDH_ES,
    EDDSA,
    ES256,
    PS256,
    RS256,
    SM2,
    SM2_ENCRYPTION,
    Algorithm,
    Decrypter,
    KeyHandle,
    Signer,
)
from crypto.sm import curve, sm2
from crypto.sm.engine.port import PreparedSigner

_SCALAR_SIZE = 32
_SHA256 = hashes.SHA256()
_ECDSA = ec.ECDSA(_SHA256)
_PKCS1 = padding.PKCS1v15()
_PSS = padding.PSS(padding.MGF1(_SHA256), _SHA256.digest_size)

Made = tuple[bytes, dict[str, str]]
"""Private bytes and public members of a fresh key."""


class Es256Signer:
    """ECDSA on P-256 with SHA-256 (RFC 7518 §3.4)."""

    __slots__ = ("_key", "handle")

    def __init__(self, handle: KeyHandle, d: bytes) -> None:
        self._key = _load_p256(d)
        self.handle = handle
        pairs.check_public(handle, _p256_form(self._key))

    def sign(self, data: bytes) -> bytes:
        """Give r‖s."""
        r, s = decode_dss_signature(self._key.sign(data, _ECDSA))
        return r.to_bytes(_SCALAR_SIZE, "big") + s.to_bytes(_SCALAR_SIZE, "big")


class EdDsaSigner:
    """Ed25519 (RFC 8037 §3.1)."""

    __slots__ = ("_key", "handle")

    def __init__(self, handle: KeyHandle, seed: bytes) -> None:
        try:
            self._key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        except ValueError:
            raise KeyUnusable("an Ed25519 private key has 32 bytes") from None
        self.handle = handle
        pairs.check_public(handle, _edwards_form(self._key))

    def sign(self, data: bytes) -> bytes:
        """Give the 64 bytes of RFC 8032."""
        return self._key.sign(data)


class _RsaSigner:
    """RSA with SHA-256 under one padding (RFC 7518 §3.3, §3.5)."""

    __slots__ = ("_key", "handle")
    _padding: padding.AsymmetricPadding

    def __init__(self, handle: KeyHandle, der: bytes) -> None:
        try:
            key = load_der_private_key(der, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise KeyUnusable("an RSA private key does not load") from None
        if not isinstance(key, rsa.RSAPrivateKey):
            raise KeyUnusable("an RSA private key does not load")
        self._key = key
        self.handle = handle
        pairs.check_public(handle, _rsa_form(key))

    def sign(self, data: bytes) -> bytes:
        """Give a signature as long as the modulus."""
        return self._key.sign(data, self._padding, _SHA256)


class Rs256Signer(_RsaSigner):
    """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3)."""

    __slots__ = ()
    _padding = _PKCS1


class Ps256Signer(_RsaSigner):
    """RSASSA-PSS with SHA-256 and a salt as long as the digest (RFC 7518 §3.5)."""

    __slots__ = ()
    _padding = _PSS


class Sm2Signer:
    """SM2 with SM3 under the default identity, hashed with Z (GM/T 0003.2; GM/T 0125.2)."""

    __slots__ = ("_prepared", "handle")

    def __init__(self, handle: KeyHandle, d: bytes) -> None:
        engine = sm2.engine()
        pairs.check_public(handle, jwk.elliptic_jwk(pairs.SM2_CURVE, engine.public_key(d)))
        self.handle = handle
        self._prepared: PreparedSigner = engine.load_signer(d, sm2.DEFAULT_IDENTITY)

    def sign(self, data: bytes) -> bytes:
        """Give r‖s."""
        return self._prepared.sign(data)


class Sm2Decrypter:
    """SM2 public-key decryption (GM/T 0003.4 §7.1)."""

    __slots__ = ("_d", "handle")

    def __init__(self, handle: KeyHandle, d: bytes) -> None:
        curve.check_private(d)
        pairs.check_public(handle, jwk.elliptic_jwk(pairs.SM2_CURVE, sm2.engine().public_key(d)))
        self.handle = handle
        self._d = d

    def decrypt(self, ciphertext: bytes) -> bytes:
        """Open 04‖x‖y‖C3‖C2; raises SealError for a malformed or altered one."""
        if not ciphertext:
            raise SealError("not an SM2 ciphertext")
        return sm2.engine().decrypt(self._d, ciphertext)

    def agree(self, public: bytes) -> bytes:
        """Not of this algorithm: raises KeyUnusable."""
        raise KeyUnusable("an SM2 encryption key does not agree by ECDH-ES")


class EcdhDecrypter:
    """Static half of ECDH-ES on P-256 (RFC 7518 §4.6; NIST SP 800-56A C(1e, 1s))."""

    __slots__ = ("_key", "handle")

    def __init__(self, handle: KeyHandle, d: bytes) -> None:
        self._key = _load_p256(d)
        self.handle = handle
        pairs.check_public(handle, _p256_form(self._key))

    def decrypt(self, ciphertext: bytes) -> bytes:
        """Not of this algorithm: raises KeyUnusable."""
        raise KeyUnusable("an ECDH-ES key opens no SM2 ciphertext")

    def agree(self, public: bytes) -> bytes:
        """Give Z, 32 bytes; raises KeyUnusable for a point off the curve."""
        return self._key.exchange(ec.ECDH(), pairs.p256_point(public))


def _load_p256(d: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        return ec.derive_private_key(int.from_bytes(d, "big"), ec.SECP256R1())
    except ValueError:
        raise KeyUnusable("a P-256 private key is out of range") from None


def _p256_form(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return jwk.elliptic_jwk(pairs.P256, point[1:])


def _edwards_form(key: ed25519.Ed25519PrivateKey) -> dict[str, str]:
    return jwk.edwards_jwk(pairs.ED25519, key.public_key().public_bytes_raw())


def _rsa_form(key: rsa.RSAPrivateKey) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    return jwk.rsa_jwk(numbers.n, numbers.e)


def _make_p256() -> Made:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_numbers().private_value.to_bytes(_SCALAR_SIZE, "big"), _p256_form(key)


def _make_edwards() -> Made:
    key = ed25519.Ed25519PrivateKey.generate()
    return key.private_bytes_raw(), _edwards_form(key)


def _make_rsa() -> Made:
    key = rsa.generate_private_key(pairs.RSA_EXPONENT, pairs.RSA_BITS)
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), _rsa_form(key)


def _make_sm2() -> Made:
    engine = sm2.engine()
    d = engine.generate()
    return d, jwk.elliptic_jwk(pairs.SM2_CURVE, engine.public_key(d))


MAKERS: Final[Mapping[Algorithm, Callable[[], Made]]] = {
    ES256: _make_p256,
    EDDSA: _make_edwards,
    RS256: _make_rsa,
    PS256: _make_rsa,
    SM2: _make_sm2,
    SM2_ENCRYPTION: _make_sm2,
    ECDH_ES: _make_p256,
}
SIGNERS: Final[Mapping[Algorithm, Callable[[KeyHandle, bytes], Signer]]] = {
    ES256: Es256Signer,
    EDDSA: EdDsaSigner,
    RS256: Rs256Signer,
    PS256: Ps256Signer,
    SM2: Sm2Signer,
}
DECRYPTERS: Final[Mapping[Algorithm, Callable[[KeyHandle, bytes], Decrypter]]] = {
    SM2_ENCRYPTION: Sm2Decrypter,
    ECDH_ES: EcdhDecrypter,
}
