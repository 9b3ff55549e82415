"""Verification and encryption by libraries that the key providers do not use: pycryptodomex, and gmssl for SM2."""

from collections.abc import Callable, Mapping
from typing import Final

from Cryptodome.Hash import SHA256
from Cryptodome.PublicKey import ECC, RSA
from Cryptodome.Signature import DSS, eddsa, pkcs1_15, pss

from crypto import base64url
from crypto.errors import VerificationError
from crypto.keys.handle import EDDSA, ES256, PS256, RS256, SM2, KeyHandle
from crypto.sm import second_opinion

_SIZE = 32


def holds(handle: KeyHandle, data: bytes, signature: bytes) -> bool:
    """Whether the signature holds under the public half that the handle publishes."""
    try:
        _VERIFIERS[handle.algorithm](handle.public_jwk, data, signature)
    except (ValueError, VerificationError):
        return False
    return True


def agreed(handle: KeyHandle) -> tuple[bytes, bytes]:
    """An ephemeral P-256 key x‖y and the Z that it makes with the handle's public half."""
    ephemeral = ECC.generate(curve="P-256")
    point = _p256(handle.public_jwk).pointQ * ephemeral.d
    public = ephemeral.pointQ
    return _bytes(public.x) + _bytes(public.y), _bytes(point.x)


def _verify_es256(form: Mapping[str, str], data: bytes, signature: bytes) -> None:
    DSS.new(_p256(form), "fips-186-3").verify(SHA256.new(data), signature)


def _verify_eddsa(form: Mapping[str, str], data: bytes, signature: bytes) -> None:
    public = eddsa.import_public_key(base64url.decode(form["x"]))
    eddsa.new(public, "rfc8032").verify(data, signature)


def _verify_rs256(form: Mapping[str, str], data: bytes, signature: bytes) -> None:
    pkcs1_15.new(_rsa(form)).verify(SHA256.new(data), signature)


def _verify_ps256(form: Mapping[str, str], data: bytes, signature: bytes) -> None:
    pss.new(_rsa(form), salt_bytes=SHA256.digest_size).verify(SHA256.new(data), signature)


def _verify_sm2(form: Mapping[str, str], data: bytes, signature: bytes) -> None:
    public = base64url.decode(form["x"]) + base64url.decode(form["y"])
    second_opinion.verify_message(public, data, signature)


def _p256(form: Mapping[str, str]) -> ECC.EccKey:
    x, y = _number(form["x"]), _number(form["y"])
    return ECC.construct(curve="P-256", point_x=x, point_y=y)


def _rsa(form: Mapping[str, str]) -> RSA.RsaKey:
    return RSA.construct((_number(form["n"]), _number(form["e"])))


def _number(text: str) -> int:
    return int.from_bytes(base64url.decode(text), "big")


def _bytes(number: int) -> bytes:
    return int(number).to_bytes(_SIZE, "big")


_VERIFIERS: Final[Mapping[str, Callable[[Mapping[str, str], bytes, bytes], None]]] = {
    ES256: _verify_es256,
    EDDSA: _verify_eddsa,
    RS256: _verify_rs256,
    PS256: _verify_ps256,
    SM2: _verify_sm2,
}
