"""Keys and JWTs of clients, written apart from the product's code."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from crypto.keys.software import SoftwareKeys, new_root_key

_SHA256 = hashes.SHA256()


@dataclass(frozen=True)
class ForeignKey:
    """A client's key: its algorithm, public JWK, and what signs."""

    alg: str
    jwk: dict[str, str]
    sign: Callable[[bytes], bytes]

    def token(self, claims: dict[str, Any], **header: Any) -> str:
        """A JWT of these claims; members of the header can be changed, or left out with None."""
        members = {"alg": self.alg, "kid": self.jwk["kid"], "typ": "JWT"} | header
        members = {name: value for name, value in members.items() if value is not None}
        signed = f"{encoded(orjson.dumps(members))}.{encoded(orjson.dumps(claims))}"
        return f"{signed}.{encoded(self.sign(signed.encode()))}"


def encoded(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def es256(kid: str = "es256") -> ForeignKey:
    """A key on P-256."""
    key = ec.generate_private_key(ec.SECP256R1())
    numbers = key.public_key().public_numbers()

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(_SHA256)))
        return _octets(r, 32) + _octets(s, 32)

    point = {"x": encoded(_octets(numbers.x, 32)), "y": encoded(_octets(numbers.y, 32))}
    return ForeignKey("ES256", {"kty": "EC", "crv": "P-256", "kid": kid, **point}, sign)


def rsa_key(alg: str, kid: str = "rsa") -> ForeignKey:
    """An RSA key for RS256 or PS256."""
    key = rsa.generate_private_key(65537, 2048)
    numbers = key.public_key().public_numbers()
    pads: dict[str, padding.AsymmetricPadding] = {
        "RS256": padding.PKCS1v15(),
        "PS256": padding.PSS(padding.MGF1(_SHA256), 32),
    }
    jwk = {"kty": "RSA", "kid": kid, "n": encoded(_octets(numbers.n, 256)), "e": "AQAB"}
    return ForeignKey(alg, jwk, lambda data: key.sign(data, pads[alg], _SHA256))


def ed25519_key(kid: str = "ed") -> ForeignKey:
    """A key on Ed25519."""
    key = ed25519.Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return ForeignKey("EdDSA", {"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": encoded(raw)}, key.sign)


def sm2_key() -> ForeignKey:
    """A key on the SM2 curve; the only other implementation here is the one under test."""
    provider = SoftwareKeys(new_root_key())
    made = provider.generate("SGD_SM3_SM2")
    signer = provider.signer(made.handle, made.wrapped)
    return ForeignKey("SGD_SM3_SM2", dict(made.handle.public_jwk), signer.sign)


MAKERS: dict[str, Callable[[], ForeignKey]] = {
    "ES256": es256,
    "RS256": lambda: rsa_key("RS256"),
    "PS256": lambda: rsa_key("PS256"),
    "EdDSA": ed25519_key,
    "SGD_SM3_SM2": sm2_key,
}


def _octets(number: int, size: int) -> bytes:
    return number.to_bytes(size, "big")
