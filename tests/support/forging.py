"""Tokens as an attacker makes them: any header, any claims, any key, any form of signature."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from crypto import base64url
from crypto.keys.handle import Algorithm, KeyHandle, Signer
from crypto.keys.software import SoftwareKeys, new_root_key
from crypto.sm.sm2 import Sm2PrivateKey
from idp.keys import store as key_store
from idp.keys.models import KeyPurpose
from idp.oauth.tokens.code import Codes, code_box
from tests.support.provider import Provider

ES256: Algorithm = "ES256"
SM2: Algorithm = "SGD_SM3_SM2"
_SPKI = {
    "P-256": bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200"),
    "SM2": bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200"),
}


def codes_of(provider: Provider) -> Codes:
    """The provider's own authorization codes."""
    base, settings = provider.services.foundation, provider.services.settings
    return Codes(code_box(base.store, base.box_sealer, base.held.box_index, settings.oauth.code_seconds))


def part(value: object) -> str:
    """One segment: JSON, or text and bytes as they are, in base64url."""
    if isinstance(value, bytes | str):
        return base64url.encode(value.encode() if isinstance(value, str) else value)
    return base64url.encode(json.dumps(value, separators=(",", ":")).encode())


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Header, claims and signature segment of a token, unverified."""
    header, claims, signature = token.split(".")
    return json.loads(base64url.decode(header)), json.loads(base64url.decode(claims)), signature


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a token, unverified."""
    return parts_of(token)[1]


def reheaded(token: str, **members: object) -> str:
    """The token under a changed header, with its old signature."""
    header, _, _ = parts_of(token)
    return part({**header, **members}) + "." + token.partition(".")[2]


def hmac_token(header: Mapping[str, object], claims: Mapping[str, object], secret: bytes, name: str) -> str:
    """A token under HMAC with this hash."""
    signed = f"{part(dict(header))}.{part(dict(claims))}"
    return f"{signed}.{base64url.encode(hmac.new(secret, signed.encode(), name).digest())}"


@dataclass(frozen=True)
class Signing:
    """A key pair in an attacker's hands, or our own where a test asks what a header alone can do."""

    handle: KeyHandle
    sign: Callable[[bytes], bytes]
    scalar: bytes

    @classmethod
    def fresh(cls, algorithm: Algorithm) -> "Signing":
        """A key of nobody's."""
        keys = SoftwareKeys(new_root_key())
        made = keys.generate(algorithm)
        return cls._of(keys, keys.signer(made.handle, made.wrapped), made.wrapped)

    @classmethod
    def ours(cls, provider: Provider, algorithm: str) -> "Signing":
        """The provider's own signing key."""
        base = provider.services.foundation
        signer = base.keyring.signer(algorithm)
        with provider.sql.once() as db:
            wrapped = next(
                row.wrapped
                for row in key_store.list_key_pairs(db, KeyPurpose.TOKEN)
                if row.kid == signer.handle.kid
            )
        return cls._of(base.providers.software, signer, wrapped)

    @classmethod
    def _of(cls, keys: Any, signer: Signer, wrapped: bytes) -> "Signing":
        handle = signer.handle
        return cls(handle, signer.sign, keys.unwrap(wrapped, f"sign/{handle.algorithm}/{handle.kid}"))

    @property
    def jwk(self) -> dict[str, str]:
        """The public key."""
        return dict(self.handle.public_jwk)

    def token(
        self, header: Mapping[str, object], claims: object, form: Callable[[bytes], bytes] = bytes
    ) -> str:
        """A signed token; `form` changes the signature's bytes. The header gets this key's alg unless it has one."""
        signed = f"{part({'alg': self.handle.algorithm, **header})}.{part(claims)}"
        return f"{signed}.{base64url.encode(form(self.sign(signed.encode())))}"

    @staticmethod
    def recoded(token: str, claims: object) -> str:
        """The token with other claims under its old signature."""
        header, _, signature = token.split(".")
        return f"{header}.{part(claims)}.{signature}"

    def token_under(self, identity: bytes, header: Mapping[str, object], claims: object) -> str:
        """A token signed by this SM2 key under another identity than the standard's (GM/T 0003.2 §5.5)."""
        signed = f"{part({'alg': SM2, **header})}.{part(claims)}"
        return f"{signed}.{base64url.encode(Sm2PrivateKey(self.scalar).sign(signed.encode(), identity))}"

    def public_secrets(self) -> dict[str, bytes]:
        """Everything public about this key that somebody might take for an HMAC secret."""
        jwk = self.jwk
        x, y = base64url.decode(jwk["x"]), base64url.decode(jwk["y"])
        der = _SPKI[jwk["crv"]] + b"\x04" + x + y
        pem = _pem(der)
        bare = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
        return {
            "PEM": pem,
            "PEM without last line end": pem.rstrip(b"\n"),
            "PEM with CRLF": pem.replace(b"\n", b"\r\n"),
            "DER": der,
            "point": b"\x04" + x + y,
            "x‖y": x + y,
            "x": x,
            "JWK": json.dumps(jwk).encode(),
            "JWK, compact": json.dumps(jwk, separators=(",", ":")).encode(),
            "JWK, members of the thumbprint": json.dumps(
                bare, separators=(",", ":"), sort_keys=True
            ).encode(),
            "thumbprint": hashlib.sha256(
                json.dumps(bare, separators=(",", ":"), sort_keys=True).encode()
            ).digest(),
            "kid": self.handle.kid.encode(),
            "nothing": b"",
        }


def der_form(rs: bytes) -> bytes:
    """r‖s as DER."""
    return encode_dss_signature(int.from_bytes(rs[:32], "big"), int.from_bytes(rs[32:], "big"))


def _pem(der: bytes) -> bytes:
    text = base64.b64encode(der).decode()
    lines = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
    return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n".encode()
