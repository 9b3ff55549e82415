"""Signed first, then encrypted: a JWS in a JWE, and never deeper (RFC 7519 §5.2, §11.2)."""

from collections.abc import Mapping
from typing import Final

from crypto.errors import TokenRejected
from crypto.jose import jwe
from crypto.jose.profile import CiphertextEncoding
from crypto.keys.handle import Decrypter

CTY: Final = "JWT"
_JWS_DOTS = 2


def wrap(
    signed: str,
    recipient: Mapping[str, object],
    *,
    alg: str,
    enc: str,
    ek_encoding: CiphertextEncoding = "c1c3c2",
) -> str:
    """Encrypt a signed token to the holder of a public JWK, with cty JWT; raises KeyUnusable as ``jwe.encrypt`` does."""
    return jwe.encrypt(signed.encode("ascii"), recipient, alg=alg, enc=enc, ek_encoding=ek_encoding, cty=CTY)


def unwrap(
    token: str,
    decrypter: Decrypter,
    *,
    algorithms: frozenset[str],
    encryptions: frozenset[str],
    ek_encoding: CiphertextEncoding = "c1c3c2",
    max_bytes: int = 16 * 1024,
) -> str:
    """Decrypt a nested token and give the signed one inside, which is still to be verified by ``jwt.decode``.

    Raises TokenRejected as ``jwe.decrypt`` does, "typ" when cty is not JWT, "malformed" when no compact JWS is inside:
    a second layer of encryption is not opened.
    """
    payload = jwe.decrypt(
        token,
        decrypter,
        algorithms=algorithms,
        encryptions=encryptions,
        cty=frozenset({CTY}),
        ek_encoding=ek_encoding,
        max_bytes=max_bytes,
    )
    try:
        signed = payload.decode("ascii")
    except UnicodeDecodeError:
        raise TokenRejected("malformed") from None
    if signed.count(".") != _JWS_DOTS:
        raise TokenRejected("malformed")
    return signed
