"""Proof that a private key kept elsewhere belongs to the public half that its handle publishes.

A device's own copy of a public key proves nothing: who can swap a reference can swap that too. One signature or
one agreement with fresh input does.
"""

from collections.abc import Callable, Mapping
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from crypto import compare
from crypto.errors import KeyUnusable, SealError, VerificationError
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
    Signer,
)
from crypto.sm.sm2 import Sm2PublicKey
from crypto.tokens import random_bytes

_PREFIX = b"yihao: proof of possession\x00"  # no dot and no base64url: never the input of a JWS
_SIZE = 32
_SHA256 = hashes.SHA256()

Verifier = Callable[[Mapping[str, str], bytes, bytes], None]


def prove_signer(signer: Signer) -> None:
    """Let the key sign a fresh challenge and verify it by the handle's public half.

    Raises KeyUnusable when it does not hold, and what ``sign`` raises.
    """
    challenge = _PREFIX + random_bytes(_SIZE)
    signature = signer.sign(challenge)
    try:
        _VERIFIERS[signer.handle.algorithm](signer.handle.public_jwk, challenge, signature)
    except (InvalidSignature, VerificationError, ValueError):
        raise KeyUnusable("the private key is not the one its handle names") from None


def prove_decrypter(decrypter: Decrypter) -> None:
    """Let the key open or agree to a fresh secret made with the handle's public half.

    Raises KeyUnusable when it is another, and what ``decrypt`` and ``agree`` raise.
    """
    expected, given = _EXCHANGES[decrypter.handle.algorithm](decrypter)
    if not compare.equal(expected, given):
        raise KeyUnusable("the private key is not the one its handle names")


def _verify_es256(form: Mapping[str, str], data: bytes, signature: bytes) -> None:
    r, s = int.from_bytes(signature[:_SIZE], "big"), int.from_bytes(signature[_SIZE:], "big")
    _p256(form).verify(encode_dss_signature(r, s), data, ec.ECDSA(_SHA256))


def _verify_eddsa(form: Mapping[str, str], data: bytes, signature: bytes) -> None:
    ed25519.Ed25519PublicKey.from_public_bytes(jwk.edwards_public(form)).verify(signature, data)


def _verify_rs256(form: Mapping[str, str], data: bytes, signature: bytes) -> None:
    _rsa(form).verify(signature, data, padding.PKCS1v15(), _SHA256)


def _verify_ps256(form: Mapping[str, str], data: bytes, signature: bytes) -> None:
    pss = padding.PSS(padding.MGF1(_SHA256), _SHA256.digest_size)
    _rsa(form).verify(signature, data, pss, _SHA256)


def _verify_sm2(form: Mapping[str, str], data: bytes, signature: bytes) -> None:
    Sm2PublicKey(jwk.elliptic_public(form)).verify(data, signature)


def _exchange_ecdh(decrypter: Decrypter) -> tuple[bytes, bytes]:
    ephemeral = ec.generate_private_key(ec.SECP256R1())
    point = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return ephemeral.exchange(ec.ECDH(), _p256(decrypter.handle.public_jwk)), decrypter.agree(point[1:])


def _exchange_sm2(decrypter: Decrypter) -> tuple[bytes, bytes]:
    secret = random_bytes(_SIZE)
    ciphertext = Sm2PublicKey(jwk.elliptic_public(decrypter.handle.public_jwk)).encrypt(secret)
    try:
        return secret, decrypter.decrypt(ciphertext)
    except SealError:
        return secret, b""


def _p256(form: Mapping[str, str]) -> ec.EllipticCurvePublicKey:
    return pairs.p256_point(jwk.elliptic_public(form))


def _rsa(form: Mapping[str, str]) -> rsa.RSAPublicKey:
    n, e = jwk.rsa_public(form)
    return rsa.RSAPublicNumbers(e, n).public_key()


_VERIFIERS: Final[Mapping[Algorithm, Verifier]] = {
    ES256: _verify_es256,
    EDDSA: _verify_eddsa,
    RS256: _verify_rs256,
    PS256: _verify_ps256,
    SM2: _verify_sm2,
}
_EXCHANGES: Final[Mapping[Algorithm, Callable[[Decrypter], tuple[bytes, bytes]]]] = {
    ECDH_ES: _exchange_ecdh,
    SM2_ENCRYPTION: _exchange_sm2,
}
