"""What every provider does alike with a key pair: name it, bind its stored part to it, and compare public halves."""

from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from crypto.errors import KeyUnusable
from crypto.keys import jwk
from crypto.keys.handle import DECRYPTION, SIGNING, Algorithm, KeyHandle

P256: Final = "P-256"
SM2_CURVE: Final = "SM2"
ED25519: Final = "Ed25519"
RSA_BITS: Final = 3072
RSA_EXPONENT: Final = 65537

_KID_LENGTH = 16


def new_handle(algorithm: Algorithm, form: Mapping[str, str]) -> KeyHandle:
    """Name a fresh key by its public members; kid is the first 16 characters of the thumbprint (RFC 7638)."""
    kid = jwk.thumbprint(form)[:_KID_LENGTH]
    use = "sig" if algorithm in SIGNING else "enc"
    return KeyHandle(kid, algorithm, {**form, "kid": kid, "alg": algorithm, "use": use})


def purpose(handle: KeyHandle) -> str:
    """Give the purpose under which the stored part of this key is wrapped, so that it opens for no other key."""
    act = "sign" if handle.algorithm in SIGNING else "decrypt"
    return f"{act}/{handle.algorithm}/{handle.kid}"


def check_signing(handle: KeyHandle) -> None:
    """Raise KeyUnusable unless the handle names a signing key."""
    if handle.algorithm not in SIGNING:
        raise KeyUnusable("the handle does not name a signing key")


def check_decryption(handle: KeyHandle) -> None:
    """Raise KeyUnusable unless the handle names a decryption key."""
    if handle.algorithm not in DECRYPTION:
        raise KeyUnusable("the handle does not name a decryption key")


def check_public(handle: KeyHandle, form: Mapping[str, str]) -> None:
    """Raise KeyUnusable unless ``form``, the public half of the key at hand, is the one that the handle publishes.

    The name of the curve is left out: it follows from the algorithm, and SM2 goes by several.
    """
    members = ("kty", *(name for name in jwk.PUBLIC_MEMBERS[form["kty"]] if name != "crv"))
    if any(handle.public_jwk.get(name) != form[name] for name in members):
        raise KeyUnusable("the private key is not the one its handle names")


def p256_point(public: bytes) -> ec.EllipticCurvePublicKey:
    """Read 64 bytes x‖y as a point of P-256; raises KeyUnusable when it is off the curve."""
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + public)
    except ValueError:
        raise KeyUnusable("not a point of P-256") from None
