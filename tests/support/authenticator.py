"""A passkey in software: makes and uses credentials as a browser with an authenticator would (WebAuthn §6), with every part
of its answer open to being wrong."""

import hashlib
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(data: bytes) -> str:
    """base64url without padding, as WebAuthn writes it."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def data(text_: str) -> bytes:
    """The bytes of base64url."""
    return urlsafe_b64decode(text_ + "=" * (-len(text_) % 4))


@dataclass
class Authenticator:
    """One device with any number of passkeys; `origin` is what its browser says of the page."""

    origin: str
    flags: int = PRESENT | VERIFIED
    cross_origin: bool = False
    count: int = 0
    aaguid: bytes = bytes(16)
    keys: dict[str, tuple[ec.EllipticCurvePrivateKey, str]] = field(default_factory=dict)

    def create(self, options: dict[str, Any], **changes: Any) -> str:
        """A response to creation options; `changes` put wrong values in its place."""
        key = ec.generate_private_key(ec.SECP256R1())
        raw_id = os.urandom(32)
        self.keys[text(raw_id)] = (key, options["user"]["id"])
        numbers = key.public_key().public_numbers()
        cose = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        )
        attested = self.aaguid + len(raw_id).to_bytes(2, "big") + raw_id + cose
        auth_data = self._auth_data(options["rp"]["id"], ATTESTED) + attested
        client_data = self._client_data("webauthn.create", options, changes)
        form, statement = self.statement(auth_data + hashlib.sha256(client_data).digest(), key)
        whole = cbor2.dumps({"fmt": form, "attStmt": statement, "authData": auth_data})
        response = {"clientDataJSON": text(client_data), "attestationObject": text(whole)}
        return self._response(text(raw_id), response)

    def statement(self, signed: bytes, key: ec.EllipticCurvePrivateKey) -> tuple[str, dict[str, Any]]:
        """The format and statement of the attestation over `signed` for a new passkey's key (WebAuthn §6.5): none here."""
        return "none", {}

    def get(self, options: dict[str, Any], credential_id: str | None = None, **changes: Any) -> str:
        """A response to request options, by the only passkey or a named one."""
        chosen = credential_id or next(iter(self.keys))
        key, user = self.keys[chosen]
        self.count = changes.get("count", self.count + 1)
        client_data = self._client_data("webauthn.get", options, changes)
        auth_data = self._auth_data(changes.get("rp_id", options["rpId"]), 0)
        signature = key.sign(auth_data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": text(client_data),
            "authenticatorData": text(auth_data),
            "signature": text(changes.get("signature", signature)),
            "userHandle": changes.get("user", user),
        }
        return self._response(changes.get("id", chosen), response)

    def _client_data(self, kind: str, options: dict[str, Any], changes: dict[str, Any]) -> bytes:
        members = {
            "type": changes.get("type", kind),
            "challenge": changes.get("challenge", options["challenge"]),
            "origin": changes.get("origin", self.origin),
            "crossOrigin": self.cross_origin,
        }
        return json.dumps(members).encode()

    def _auth_data(self, rp_id: str, more: int) -> bytes:
        return (
            hashlib.sha256(rp_id.encode()).digest()
            + bytes([self.flags | more])
            + self.count.to_bytes(4, "big")
        )

    def _response(self, credential_id: str, response: dict[str, Any]) -> str:
        whole = {
            "id": credential_id,
            "rawId": credential_id,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }
        return json.dumps(whole)
